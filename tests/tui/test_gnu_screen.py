"""The program inside GNU screen, which draws the terminal and knows less of it than tmux."""

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(shutil.which("screen") is None, reason="GNU screen draws the terminal"),
    pytest.mark.timeout(120),
]
WAIT_S = 30.0
WHOLE = r"\A portview.*\n 1 Local(.*\n)+.*\d+ listening(.*\n)+ .*q quit *$"
"""The local pane from its first line to its last; a hardcopy spoils all signs but those of ASCII."""


class Terminal:
    """A shell in GNU screen, attached to a pseudo terminal of 80x24."""

    def __init__(self, folder: Path) -> None:
        self._copy = folder / "hardcopy"
        sockets = folder / "sockets"
        sockets.mkdir(mode=0o700)
        settings = folder / "screenrc"
        settings.write_text("startup_message off\naltscreen on\nvbell off\n")
        self._environment = {
            **os.environ,
            "SCREENDIR": str(sockets),
            "TERM": "xterm-256color",
            "PS1": "shell> ",
            "PYTHONPATH": os.getcwd(),
            "LANG": "C.UTF-8",
        }
        command = ["screen", "-U", "-c", str(settings), "-S", "tests", "-s", "/bin/sh"]
        self.pid, self._side = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, self._environment)
        self.resize(80, 24)
        self.until(r"^shell>")

    def _tell(self, *command: str) -> None:
        subprocess.run(
            ["screen", "-S", "tests", "-X", *command],
            env=self._environment,
            capture_output=True,
            check=False,
            timeout=WAIT_S,
        )

    @property
    def text(self) -> str:
        """What stands in the window; empty while screen has not started, or writes it."""
        self._copy.unlink(missing_ok=True)
        self._tell("hardcopy", str(self._copy))
        self._drain()
        return self._copy.read_text(encoding="utf-8", errors="replace") if self._copy.exists() else ""

    def _drain(self) -> None:
        """Take what screen draws, so that it never waits for its terminal."""
        while select.select([self._side], [], [], 0.02)[0]:
            if not os.read(self._side, 65536):
                return

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self._side, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def type(self, keys: str) -> None:
        os.write(self._side, keys.encode())

    def until(self, pattern: str) -> re.Match[str]:
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if found := re.search(pattern, text := self.text, re.MULTILINE):
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {pattern!r}; the screen is\n{text}")

    def close(self) -> None:
        self._tell("quit")
        with contextlib.suppress(OSError):  # screen has gone, and with it the terminal's other side
            self._drain()
        os.close(self._side)
        os.waitpid(self.pid, 0)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for name in ("NO_COLOR", "LC_ALL", "LC_CTYPE", "TMUX", "STY", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    one = Terminal(tmp_path)
    try:
        yield one
    finally:
        one.close()


def test_it_works_inside_screen(terminal: Terminal) -> None:
    terminal.type("echo before\r")
    terminal.until(r"^before$")
    terminal.type(f"{sys.executable} -m portview; echo term=$TERM\r")
    terminal.until(WHOLE)
    assert "before" not in terminal.text
    for pane, sign in (("2", "Timeout"), ("3", "Ports"), ("4", r"\d+ entries"), ("1", "listening")):
        terminal.type(pane)
        terminal.until(sign)
        terminal.type("\x1b")
        terminal.until(r"/ \w+")
    for width, height in ((120, 40), (60, 15), (80, 24)):
        terminal.resize(width, height)
        terminal.until(rf"\A portview(.*\n){{{height - 1}}} .*q quit *$")
    terminal.type("\x1a")
    terminal.until(r"^term=screen(.*\n)*.*Stopped")
    assert "listening" not in terminal.text
    terminal.type("fg\r")
    terminal.until(WHOLE)
    terminal.type("q")
    terminal.until(r"^\S+ -m portview\nshell> *$")
    terminal.type("echo ended=$?\r")
    terminal.until(r"^ended=0$")
    assert "before" in terminal.text
    assert not re.search(r"listening|q quit *$", terminal.text, re.MULTILINE)
