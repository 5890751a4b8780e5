"""Start the screen, and end so that the terminal is as it was and the exit status tells the truth."""

import os
import sys

EXIT_USAGE = 2
# How long a thread that computes may keep the others waiting, in seconds. Python's own 5 ms come once
# for each step of a key on its way to the screen, and can be felt.
_TURN_S = 0.001


def run() -> int:
    """Show the screen until the user quits; return the exit status for the shell.

    0 after `q`, 130 after Ctrl-C, 128 + the signal after SIGTERM, SIGHUP or SIGQUIT, 1 after a crash, 2 where
    there is no terminal to draw on.
    """
    if reason := _unusable():
        sys.stderr.write(f"portview: {reason}; try `portview ls` or `portview --help`\n")
        return EXIT_USAGE
    for fixed in ("COLUMNS", "LINES"):  # exported by some shells; the terminal's own size counts, and changes
        os.environ.pop(fixed, None)
    sys.setswitchinterval(_TURN_S)
    from portview.tui.app import PortviewApp

    app = PortviewApp()
    app.run()
    return app.return_code or 0


def _unusable() -> str | None:
    """Why no screen can be drawn here; None where it can."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "the screen needs a terminal for input and output"
    if os.environ.get("TERM") == "dumb":
        return "this terminal (TERM=dumb) cannot draw a screen"
    return None
