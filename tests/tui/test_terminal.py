"""The program as people run it: in a real terminal, made by tmux on a server of the test's own."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux draws the terminal"),
    pytest.mark.timeout(120),
]
WAIT_S = 30.0


class Terminal:
    """A shell in a terminal of 80x24."""

    def __init__(self, folder: Path) -> None:
        self._server = ("tmux", "-S", str(folder / "tmux"), "-f", "/dev/null")
        self._tmux("new-session", "-d", "-x", "80", "-y", "24", "env PS1='shell> ' sh")
        self.until(r"shell>")

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(
            [*self._server, *arguments], capture_output=True, text=True, check=True, timeout=WAIT_S
        ).stdout

    def close(self) -> None:
        self._tmux("kill-server")

    @property
    def text(self) -> str:
        return self._tmux("capture-pane", "-p")

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def scribble(self, text: str) -> None:
        """Write into the terminal behind the back of the program that runs in it."""
        Path(self._tmux("display-message", "-p", "#{pane_tty}").strip()).write_text(text, encoding="utf-8")

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def modes(self) -> str:
        """Whether the alternate screen and any mouse mode are on, and whether the cursor is shown."""
        return self._tmux("display-message", "-p", "#{alternate_on}#{mouse_any_flag}#{cursor_flag}").strip()

    def until(self, pattern: str) -> re.Match[str]:
        """Wait until the pattern stands on the screen."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if found := re.search(pattern, self.text, re.MULTILINE):
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {pattern!r}; the screen is\n{self.text}")

    def start(self) -> None:
        """Start portview, as a child of the shell, and wait for its first sockets."""
        self.type(f"{sys.executable} -m portview; echo ended=$?")
        self.press("Enter")
        self.until(r"\d+ listening")

    def status(self) -> int:
        """The exit status, once the shell has it; the terminal must then be as it was."""
        status = int(self.until(r"^ended=(\d+)")[1])
        self.until(r"^shell>$")
        assert self.modes() == "001"
        return status

    def pid(self) -> int:
        """The process id of portview."""
        shell = self._tmux("display-message", "-p", "#{pane_pid}").strip()
        return int(Path(f"/proc/{shell}/task/{shell}/children").read_text().split()[0])


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def terminal(listener: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal on a machine where something listens."""
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    one = Terminal(tmp_path)
    try:
        yield one
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            one.close()


def test_look_at_a_socket_probe_it_scan_around_it_and_quit(terminal: Terminal, listener: int) -> None:
    terminal.start()
    assert terminal.modes()[0] == "1"
    terminal.type("/")
    terminal.until(r"Enter go")
    terminal.type(f":{listener}")
    terminal.press("Enter")
    terminal.until(r"1 match$|1 match ")
    terminal.until(rf"^ {listener}/tcp python")
    terminal.type("p")
    terminal.until(rf"127\.0\.0\.1:{listener} +tcp +connected")
    terminal.type("3")
    terminal.until(r"Target 127\.0\.0\.1")
    terminal.press("Tab", "C-u")
    terminal.until(r"Ports 1-1024 ")
    terminal.type(f"{listener}")
    terminal.press("Enter")
    terminal.until(rf"▶ {listener}/tcp +open +syn-ack")
    terminal.press("Enter")
    terminal.until(r"Esc back")
    terminal.press("Escape")
    terminal.until(r"Enter read")
    terminal.type("q")
    assert terminal.status() == 0


def test_it_follows_a_resized_terminal(terminal: Terminal) -> None:
    terminal.type("export COLUMNS=80 LINES=24")
    terminal.press("Enter")
    terminal.start()
    for width, height in ((120, 40), (60, 15), (100, 30), (80, 24)):
        terminal.resize(width, height)
        terminal.until(rf"\A {{0,1}}portview(.*\n){{{height - 1}}} .*q quit$")
    terminal.type("q")
    assert terminal.status() == 0


def test_an_enlarged_window_keeps_nothing_of_the_picture(terminal: Terminal) -> None:
    terminal.start()
    terminal.resize(120, 40)
    terminal.until(r"\A {0,1}portview(.*\n){39} .*q quit$")
    terminal.type("q")
    assert terminal.status() == 0
    assert not re.search(r"listening|Local|quit$", terminal.text, re.MULTILINE)


@pytest.mark.parametrize("pane", ["1", "2"])
def test_ctrl_c_ends_it(terminal: Terminal, pane: str) -> None:
    terminal.start()
    terminal.type(pane)
    terminal.press("C-c")
    assert terminal.status() == 130


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)]
)
def test_a_signal_restores_the_terminal(terminal: Terminal, number: signal.Signals, status: int) -> None:
    terminal.start()
    os.kill(terminal.pid(), number)
    assert terminal.status() == status


def test_q_ends_a_knock_that_hears_nothing(terminal: Terminal) -> None:
    # A listener whose queue is full answers no SYN, so the knock lasts until it is cancelled.
    with contextlib.ExitStack() as held:
        full = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = full.getsockname()[1]
        for _ in range(4):
            one = held.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        terminal.start()
        terminal.type("2")
        terminal.until(r"Enter go")
        terminal.type(f"127.0.0.1:{port}")
        terminal.press("Tab", "Tab", "Tab", "C-u")
        terminal.until(r"Timeout$")
        terminal.type("60")
        terminal.press("Enter")
        terminal.until(r"knocking \.\.\.")
        terminal.type("q")
        assert terminal.status() == 0


def whole(terminal: Terminal) -> None:
    """Every line of the picture stands: the heading, the tabs, both rules, and the keys."""
    terminal.until(r"\A {0,1}portview.*\n 1 Local  2 Probe.*\n─ \d+ listening")
    terminal.until(r"^▶")
    terminal.until(r"q quit$")


@pytest.mark.parametrize("sent", [False, True], ids=["Ctrl-z", "SIGTSTP"])
def test_the_whole_picture_is_back_after_a_stop(terminal: Terminal, sent: bool) -> None:
    terminal.start()
    whole(terminal)
    for _ in range(2):
        if sent:
            os.kill(terminal.pid(), signal.SIGTSTP)
        else:
            terminal.press("C-z")
        terminal.until(r"Stopped")
        assert terminal.modes() == "001"
        terminal.type("fg")
        terminal.press("Enter")
        whole(terminal)
    terminal.type("q")
    terminal.until(r"^shell>$")


def test_ctrl_l_draws_over_what_others_wrote(terminal: Terminal) -> None:
    terminal.start()
    whole(terminal)
    for _ in range(10):  # what is made behind the first picture may still draw over it
        terminal.scribble("\x1b[2J\x1b[9;40Hspoilt")  # not where the clock is drawn anew
        time.sleep(0.3)
        if "spoilt" in terminal.text:
            break
    assert "spoilt" in terminal.text
    terminal.press("C-l")
    whole(terminal)
    assert "spoilt" not in terminal.text
    terminal.type("q")
    assert terminal.status() == 0


def test_keys_of_one_packet_land_where_they_belong(terminal: Terminal, listener: int) -> None:
    terminal.start()
    terminal.type("/squid")
    terminal.until(r"^ squid")
    terminal.press("Escape")
    terminal.until(r"Enter read|no socket")
    terminal.type(f"2127.0.0.1\t9\x15{listener}\r")
    terminal.until(rf"127\.0\.0\.1:{listener} +tcp +connected")
    terminal.type("q")
    assert terminal.status() == 0


def test_a_crash_restores_the_terminal_and_tells_the_shell(terminal: Terminal, tmp_path: Path) -> None:
    program = tmp_path / "crash.py"
    program.write_text(
        "import sys\n"
        "from portview.tui.panes.local import LocalPane\n"
        "def crash(self): raise RuntimeError('a defect')\n"
        "LocalPane.action_sort = crash\n"
        "from portview.tui.run import run\n"
        "sys.exit(run())\n"
    )
    terminal.type(f"{sys.executable} {program}; echo ended=$?")
    terminal.press("Enter")
    terminal.until(r"\d+ listening")
    terminal.type("s")
    assert terminal.status() == 1
    assert "a defect" in terminal.text
