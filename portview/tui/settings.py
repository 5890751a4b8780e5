"""What the user has set in config.toml. A setting that cannot be used is told in one line and ignored."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portview.text import clean
from portview.tui.keys import keymap_complaints
from portview.tui.places import replacing

TEMPLATE = Path(__file__).with_name("config.toml")
"""The file with all settings, each one in a comment with what it does."""

_MOST = 1024 * 1024  # bytes
_SHOWN = 80
_PANES = frozenset({"local", "probe", "scan", "reference"})

THEME_NAMES = ("auto", "dark", "light", "ansi")
CHARACTERS = ("auto", "utf-8", "ascii")


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. `keys` has keys by the action's name, `views` options by `pane.name`."""

    theme: str = "auto"
    characters: str = "auto"
    refresh_s: float = 2.0
    watch_s: float = 10.0
    history: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)


class _Unusable(ValueError):
    """The message says what the value should be."""


def _one_of(*words: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise _Unusable(f"is none of {', '.join(words)}")

    return check


def _seconds(least: float, most: float) -> Callable[[object], float]:
    def check(value: object) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
        raise _Unusable(f"is not a number of seconds from {least:g} to {most:g}")

    return check


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _Unusable("is neither true nor false")


_CHECKS: Mapping[str, Callable[[object], Any]] = {
    "theme": _one_of(*THEME_NAMES),
    "characters": _one_of(*CHARACTERS),
    "refresh_s": _seconds(0.5, 3600),
    "watch_s": _seconds(2, 3600),
    "history": _truth,
}


def read(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """The settings of a file, and a line for each one that cannot be used; without a file, none."""
    try:
        with path.open("rb") as file:
            data = tomllib.loads(file.read(_MOST).decode("utf-8"))
    except FileNotFoundError:
        return Settings(), ()
    except OSError as error:
        return Settings(), (f"{path.name} cannot be read: {error.strerror}",)
    except (ValueError, RecursionError) as error:
        return Settings(), (f"{path.name} is not TOML: {clean(str(error), _SHOWN)}",)
    return parse(data)


def parse(data: Mapping[str, object]) -> tuple[Settings, tuple[str, ...]]:
    """The settings of a parsed file, and a line for each one that cannot be used."""
    complaints: list[str] = []
    values: dict[str, Any] = {}
    keys: dict[str, str] = {}
    views: dict[str, str] = {}
    for name, value in data.items():
        if name == "keys" or name in _PANES:
            texts = keys if name == "keys" else views
            for inner, text in value.items() if isinstance(value, dict) else ():
                if isinstance(text, str):
                    texts[inner if name == "keys" else f"{name}.{inner}"] = text
                else:
                    complaints.append(f"{name}.{clean(inner, _SHOWN)} is not a text")
        elif name not in _CHECKS:
            complaints.append(f"{clean(name, _SHOWN)} is not a setting")
        else:
            try:
                values[name] = _CHECKS[name](value)
            except _Unusable as error:
                complaints.append(f"{name} {error}")
    for name, complaint in tuple(keymap_complaints(keys)):
        complaints.append(f"keys.{clean(name, _SHOWN)} {complaint}")
        del keys[name]
    return Settings(**values, keys=keys, views=views), tuple(complaints)


def write_template(path: Path) -> bool:
    """Put the commented settings there, unless there are some; whether it did. Raises OSError."""
    if path.exists():
        return False
    with replacing(path) as fresh:
        fresh.write_bytes(TEMPLATE.read_bytes())
    return True
