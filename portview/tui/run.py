"""Start the screen, and end so that the terminal is as it was and the exit status tells the truth."""

import gc
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from portview.errors import BadInput

if TYPE_CHECKING:
    from textual.driver import Driver

    from portview.tui.services import Services
    from portview.tui.settings import Settings

# How long a thread that computes may keep the others waiting, in seconds. Python's own 5 ms come once
# for each step of a key on its way to the screen, and can be felt.
_TURN_S = 0.001
# After more searches for garbage among new objects than the first of these those that outlived one are
# searched, after more of such than the second all are. What was on the screen is found by no other way
# (Textual's lines, maps and dialogs refer to themselves); Python's 10 and 10 let it pile up for minutes.
_SEARCHES = 2, 1
SLOW_REFRESH_S = 15.0
"""Seconds between readings over a slow line, at least."""
FPS, SLOW_FPS = "120", "4"
"""Pictures a second at most: a key waits for the next one or two; what stands still costs none."""


def run(*, history: bool = True, log: str | None = None, slow: bool = False) -> int:
    """Show the screen until the user quits; return the exit status for the shell.

    0 after `q`, 130 after Ctrl-C, 128 + the signal after SIGTERM, SIGHUP, SIGQUIT or SIGINT, 1 after a crash.
    `history` off keeps no knock and no scan and shows no past one; `slow` spares a line of 9,600 baud.
    Raises BadInput where there is no terminal to draw on or `log` cannot be written.
    """
    if reason := _unusable():
        raise BadInput(f"{reason}; try `portview ls` or `portview --help`")
    for fixed in ("COLUMNS", "LINES"):  # exported by some shells; the terminal's own size counts, and changes
        os.environ.pop(fixed, None)
    if not os.environ.get("NO_COLOR"):  # empty means unset (no-color.org), but not to Textual
        os.environ.pop("NO_COLOR", None)
    os.environ["TEXTUAL_FPS"] = SLOW_FPS if slow else FPS  # read when Textual is imported
    from portview.tui.readings import Ahead

    ahead = Ahead()
    from portview.tui import log as logging
    from portview.tui import places, settings
    from portview.tui.app import PortviewApp

    if log is not None:
        try:
            logging.log_to(Path(log))
        except OSError as error:
            raise BadInput(f"cannot write the log {log}: {error.strerror}") from None
    chosen, complaints = settings.read(places.settings_file())
    if slow:
        chosen = replace(chosen, theme="ansi", refresh_s=max(chosen.refresh_s, SLOW_REFRESH_S))
    gc.freeze()  # what was imported stays: to search it for garbage would keep a key waiting
    gc.set_threshold(gc.get_threshold()[0], *_SEARCHES)
    gc.enable()  # it was off while all of that was made
    sys.setswitchinterval(_TURN_S)
    app = PortviewApp(
        replace(_services(chosen, history=history and chosen.history), snapshot=ahead),
        driver_class=_driver(chosen, slow=slow),
        complaints=complaints,
    )
    # GNU screen (it sets STY) keeps Esc to itself until the next key where a program listens to the mouse.
    app.run(mouse=not (slow or "STY" in os.environ))
    return app.return_code or 0


def _services(chosen: "Settings", *, history: bool) -> "Services":
    from portview.tui import places
    from portview.tui.services import Services
    from portview.tui.shelves import knocks_in, scans_in
    from portview.tui.views import Views

    data = places.data_folder()
    return Services(
        settings=chosen,
        views=Views(places.state_folder() / "views.json", chosen.views),
        knocks=knocks_in(data / "knocks" if history else None),
        scans=scans_in(data / "scans" if history else None),
    )


def _driver(chosen: "Settings", *, slow: bool) -> "type[Driver] | None":
    """A driver for what this terminal can show; None on Windows, where Textual's own must do."""
    if sys.platform != "win32":
        from portview.tui.driver import speaking
        from portview.tui.terminal import shows_unicode, sparing, spelt_in_ascii

        unicode = chosen.characters == "utf-8" or (chosen.characters == "auto" and shows_unicode(os.environ))
        return speaking(*([] if unicode else [spelt_in_ascii]), *([sparing] if slow else []))
    return None


def _unusable() -> str | None:
    """Why no screen can be drawn here; None where it can."""
    if not (sys.stdin and sys.stdout and sys.stdin.isatty() and sys.stdout.isatty()):
        return "the screen needs a terminal for input and output"
    if os.environ.get("TERM") == "dumb":
        return "this terminal (TERM=dumb) cannot draw a screen"
    return None
