"""Where no screen can be drawn, the program says so at once and loads nothing."""

import os
import subprocess
import sys

import pytest

from portview.errors import BadInput
from portview.tui import run as entry


def test_without_a_terminal_it_says_so_and_ends_with_status_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portview"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "the screen needs a terminal" in done.stderr


def test_a_closed_stderr_changes_no_exit_status() -> None:
    done = subprocess.run(
        [*("sh", "-c", 'exec "$0" -m portview 2>&-'), sys.executable],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")


def test_a_terminal_for_input_alone_is_not_enough() -> None:
    controller, terminal = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "portview"], stdin=terminal, capture_output=True, text=True, check=False
        )
    finally:
        os.close(controller)
        os.close(terminal)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_dumb_terminal_is_not_drawn_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(BadInput, match="cannot draw a screen"):
        entry.run()


def test_textual_is_not_imported_to_say_so() -> None:
    program = (
        "import sys, portview.__main__ as entry\n"
        "assert entry.main() == 2 and 'textual' not in sys.modules\n"
        "print('so it is')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"so it is\n")
