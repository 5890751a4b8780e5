"""The colours: a calm dark theme, and the terminal's own colours where there are few or none."""

from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="portview",
    primary="#7fb4ca",
    secondary="#938aa9",
    accent="#7fb4ca",
    success="#98bb6c",
    warning="#e0b56b",
    error="#e0757d",
    foreground="#d7dbe0",
    background="#15181d",
    surface="#20262e",
    panel="#2b3340",
    boost="#242a33",
    dark=True,
    variables={
        "border": "#39414d",
        "border-blurred": "#39414d",
        "text-muted": "#8b95a3",
        "scrollbar": "#39414d",
        "scrollbar-hover": "#4a5462",
        "scrollbar-active": "#7fb4ca",
        "scrollbar-background": "#15181d",
        "scrollbar-background-hover": "#15181d",
        "scrollbar-background-active": "#15181d",
        "scrollbar-corner-color": "#15181d",
        "input-cursor-background": "#d7dbe0",
        "input-cursor-foreground": "#15181d",
        "input-selection-background": "#3d4c5f",
    },
)

FEW_COLOURS = "ansi-dark"


def suits(color_system: str | None, environment: Mapping[str, str]) -> str:
    """The name of the theme for a terminal: `color_system` as rich names it."""
    if chosen := environment.get("TEXTUAL_THEME"):
        return chosen
    if "NO_COLOR" in environment or color_system in (None, "standard"):
        return FEW_COLOURS
    return DARK.name
