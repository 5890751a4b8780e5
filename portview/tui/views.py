"""How the panes were last looked at, order and view, kept from one start to the next.

A pane declares what can be chosen and asks by it:

    SORT = Choice("local", "sort", ("port", "protocol", "address"))
    views.get(SORT)            # "port" at first
    views.set(SORT, "address")
"""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portview.tui.places import replacing

_MOST = 65_536  # bytes of a file that we wrote ourselves


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be chosen in a pane; the first option is the one to start with."""

    pane: str
    name: str
    options: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name in files: `local.sort`."""
        return f"{self.pane}.{self.name}"


class Views:
    """What is chosen: at a start what the settings say, else what was chosen last, else the first option."""

    def __init__(self, file: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        self._file = file
        self._settings = dict(settings or {})
        self._known = {**(_read(file) if file else {}), **self._settings}
        self.first_time = file is not None and not os.path.exists(file)

    def get(self, choice: Choice) -> str:
        """What is chosen now, always one of the options."""
        option = self._known.get(choice.key)
        return option if option in choice.options else choice.options[0]

    def set(self, choice: Choice, option: str) -> None:
        """Remember what was chosen; a disk that takes nothing is no reason to stop."""
        if option not in choice.options:
            raise ValueError(f"{choice.key} has no option {option}")
        if self.get(choice) != option:
            self._known[choice.key] = option
            self.save()

    def save(self) -> None:
        """Write what is known, which also says that portview was started before."""
        if self._file is not None:
            with contextlib.suppress(OSError), replacing(self._file) as path:
                path.write_text(json.dumps(self._known, indent=1) + "\n", encoding="ascii")

    def complaints(self, choices: Iterable[Choice]) -> list[str]:
        """What the settings ask of the panes that they cannot do, a line each."""
        options = {choice.key: choice.options for choice in choices}
        lines = []
        for key, option in self._settings.items():
            if key not in options:
                lines.append(f"{key} is not a setting")
            elif option not in options[key]:
                lines.append(f"{key} is none of {', '.join(options[key])}")
        return lines


def _read(file: Path) -> dict[str, str]:
    """What the file says; nothing where it is missing or not what was written."""
    try:
        with file.open("rb") as opened:
            data = json.loads(opened.read(_MOST))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {key: value for key, value in data.items() if isinstance(value, str)}
