"""The colours: dark and light, and the terminal's own where there are few.

Few colours, each with one meaning: good, warning, bad, and one accent for where one is and what can be
reached. A word and a sign stand beside each. Text has a contrast of at least 4.5 on whatever it stands
(WCAG 2, 1.4.3), on the selected row, too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

from portview.tui.terminal import has_light_background


def _quiet(
    rule: str, track: str, thumb: str, muted: str, text: str, marked: str, resting: str
) -> dict[str, str]:
    """What is there to be overlooked: rules, scrollbars, secondary words; and the cursors."""
    return {
        "boost": resting,  # Textual makes none of its own beside a panel colour
        "border": rule,
        "border-blurred": rule,
        "text-muted": muted,
        "scrollbar": rule,
        "scrollbar-hover": thumb,
        "scrollbar-active": thumb,
        **dict.fromkeys(
            (
                "scrollbar-background",
                "scrollbar-background-hover",
                "scrollbar-background-active",
                "scrollbar-corner-color",
            ),
            track,
        ),
        "input-cursor-background": text,
        "input-cursor-foreground": track,
        "input-selection-background": marked,
    }


DARK: Final = Theme(
    name="portview",
    primary="#7fb4ca",
    secondary="#938aa9",
    accent="#7fb4ca",
    success="#98bb6c",
    warning="#e0b56b",
    error="#e67e86",
    foreground="#d7dbe0",
    background="#15181d",
    surface="#1d222a",
    panel="#29313d",
    dark=True,
    variables=_quiet("#39414d", "#15181d", "#4a5462", "#929ca9", "#d7dbe0", "#3d4c5f", "#222831"),
)

LIGHT: Final = Theme(
    name="portview-light",
    primary="#19637e",
    secondary="#6a5a8c",
    accent="#19637e",
    success="#347019",
    warning="#805000",
    error="#b3261e",
    foreground="#1f2328",
    background="#fbfaf7",
    surface="#efede7",
    panel="#dfe3e6",
    dark=False,
    variables=_quiet("#c9c6bd", "#fbfaf7", "#a9a69d", "#5b6067", "#1f2328", "#c6d7e0", "#ebebe6"),
)

_TERMINALS_OWN = BUILTIN_THEMES["ansi-dark"]
ANSI: Final = replace(
    _TERMINALS_OWN,
    name="portview-ansi",
    primary="ansi_cyan",  # its blue cannot be read on many black screens
    accent="ansi_cyan",
    variables={
        **_TERMINALS_OWN.variables,
        **_quiet(*["ansi_default"] * 7),
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
    },
)

THEMES: Final = {"dark": DARK, "light": LIGHT, "ansi": ANSI}
"""Our themes by the names that the settings have for them."""


def suits(color_system: str | None, environment: Mapping[str, str], chosen: str = "auto") -> str:
    """The name of the theme for a terminal; `color_system` as rich names it, `chosen` in the settings."""
    if environment.get("NO_COLOR") or color_system in (None, "standard"):
        return ANSI.name
    if chosen in THEMES:
        return THEMES[chosen].name
    return (LIGHT if has_light_background(environment) else DARK).name
