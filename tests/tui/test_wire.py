"""What reaches the terminal, byte by byte: the program in a pseudoterminal of the test's own."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

WAIT_S = 30.0
DEFAULT: Mapping[str, str] = {}
COLOUR = re.compile(r"\x1b\[[0-9;]*?(?<![0-9])(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")
MANY_COLOURS = re.compile(r"\x1b\[[0-9;]*?(?<![0-9])[34]8;[25];")


class Wire:
    """The program, and all that it has written."""

    def __init__(
        self, *options: str, size: tuple[int, int] = (80, 24), environment: Mapping[str, str] = DEFAULT
    ) -> None:
        self.written = ""
        self._side, terminal = pty.openpty()
        self.resize(*size)
        # A terminal of its own to hang up on: setsid(2), and the first tty opened becomes it.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "portview", *options],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={
                **os.environ,
                "PYTHONPATH": os.getcwd(),
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                **environment,
            },
        )
        os.close(terminal)

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self._side, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def type(self, text: str) -> None:
        os.write(self._side, text.encode())

    def listen(self, seconds: float) -> str:
        """What is written within so many seconds."""
        start, end = len(self.written), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self._read(left):
            pass
        return self.written[start:]

    def rest(self) -> None:
        """Wait until nothing has been written for a second."""
        end = time.monotonic() + WAIT_S
        while self.listen(1.0):
            assert time.monotonic() < end, "it never rests"

    def until(self, pattern: str) -> None:
        end = time.monotonic() + WAIT_S
        while not re.search(pattern, self.plain):
            assert time.monotonic() < end, f"waited in vain for {pattern!r} in\n{self.plain}"
            self._read(0.1)

    @property
    def plain(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.written)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._side], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._side, 65536)
        except OSError:  # EIO: the program has ended
            return False
        self.written += data.decode("utf-8", "replace")
        return bool(data)

    def hang_up(self) -> None:
        """The line is gone, as when an SSH connection drops."""
        os.close(self._side)
        self._side = -1

    def status(self) -> int:
        end = time.monotonic() + WAIT_S
        while self.process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            if self._side >= 0:
                self._read(0.05)
            else:
                time.sleep(0.05)
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._side >= 0:
            os.close(self._side)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Wire]]:
    for name in ("NO_COLOR", "COLORTERM", "LC_ALL", "LC_CTYPE", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    wires: list[Wire] = []

    class Kept(Wire):
        def __init__(
            self, *options: str, size: tuple[int, int] = (80, 24), environment: Mapping[str, str] = DEFAULT
        ) -> None:
            super().__init__(*options, size=size, environment=environment)
            wires.append(self)
            self.until(r"\d+ listening")

    with socket.create_server(("127.0.0.1", 0)):  # a machine may have no other listener
        yield Kept
    for wire in wires:
        wire.close()


def test_no_color_means_none_reaches_the_terminal(start: type[Wire]) -> None:
    wire = start(environment={"NO_COLOR": "1", "COLORTERM": "truecolor"})
    for key in "2\x1b34\x1b?q":
        wire.type(key)
        wire.listen(0.3)
    assert not COLOUR.search(wire.written)


@pytest.mark.parametrize("term", ["linux", "xterm", "screen", "vt100"])
def test_a_terminal_of_16_colours_gets_no_others(start: type[Wire], term: str) -> None:
    wire = start(environment={"TERM": term})
    wire.type("2")
    wire.until("Timeout")
    assert COLOUR.search(wire.written)
    assert not MANY_COLOURS.search(wire.written)


@pytest.mark.parametrize(
    "environment", [{"LANG": "C"}, {"LC_ALL": "C"}, {"LANG": "de_DE.ISO-8859-1"}, {"TERM": "linux"}]
)
def test_without_utf8_everything_is_ascii(start: type[Wire], environment: dict[str, str]) -> None:
    wire = start(environment=environment)
    wire.type("?")
    wire.until("Go to the explanation")
    assert wire.written.isascii()
    assert re.search(r"> +\d+ ", wire.plain)


def test_with_utf8_signs_are_signs(start: type[Wire]) -> None:
    start().until("▶")


def test_signs_are_drawn_whatever_python_takes_the_encoding_for(start: type[Wire]) -> None:
    wire = start(environment={"PYTHONIOENCODING": "latin-1"})
    wire.until("▶")
    wire.type("q")
    assert wire.status() == 0


def test_a_picture_that_stands_still_costs_nothing(start: type[Wire], tmp_path: Path) -> None:
    (tmp_path / "config/portview").mkdir(parents=True)
    (tmp_path / "config/portview/config.toml").write_text("refresh_s = 1.0\n")
    wire = start(size=(120, 40))
    wire.type(" ")  # pause: sockets of other programs come and go
    wire.until("paused")
    wire.rest()
    assert len(wire.listen(6.0)) < 6 * 200


def test_typing_does_not_blink(start: type[Wire]) -> None:
    wire = start()
    wire.type("2")
    wire.until("Timeout")
    wire.rest()
    # The clock may turn meanwhile, but not twice.
    assert not (wire.listen(3.0) and wire.listen(3.0))


def test_what_is_typed_before_the_screen_is_there_counts_enter_with_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire()
        with contextlib.closing(wire):
            wire.type(f"2127.0.0.1:{listener.getsockname()[1]}\r")
            wire.until(r"[✓!] Connected")


def test_a_dropped_connection_ends_it_and_the_knocks_are_kept(start: type[Wire], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = start()
        wire.type(f"2127.0.0.1:{listener.getsockname()[1]}\r")
        wire.until(r"[✓!] Connected")
        wire.listen(0.5)
        wire.hang_up()
        assert wire.status() in (129, -signal.SIGHUP)
    kept = list((tmp_path / "data/portview/knocks").glob("*.json"))
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o777 == 0o600


def test_a_scan_that_a_dropped_connection_cut_short_goes_on_after_a_restart(
    start: type[Wire], tmp_path: Path
) -> None:
    """A million knocks at this machine take long enough to be interrupted; the rest is skipped in the end."""
    wire = start(size=(120, 40))
    wire.type("3127.0.0.1-16\t-\r")
    wire.until(r"\d+ waiting")
    wire.hang_up()
    assert wire.status() in (129, -signal.SIGHUP)
    (kept,) = (tmp_path / "data/portview/scans").glob("*.jsonl")
    assert kept.stat().st_mode & 0o777 == 0o600
    done = kept.read_text(encoding="utf-8").count("\n") - 1
    wire = start(size=(120, 40))
    wire.type("3\x1b")
    wire.until(r"127\.0\.0\.1-16, -: \d+ open")
    wire.until("o past scans")
    wire.type("o")
    wire.until(r"Space goes on with it")
    wire.until(rf"Cancelled: {done:,} of 1,048,560 ports")
    wire.type("\r")
    wire.until("p probe  Space go on  f filter")
    wire.type(" ")
    wire.until(r"\d+ waiting")
    wire.type("q")
    assert wire.status() == 0
    (longer,) = (tmp_path / "data/portview/scans").glob("*.jsonl")
    assert longer != kept
    assert longer.read_text(encoding="utf-8").count("\n") - 1 > done


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(start: type[Wire], number: signal.Signals) -> None:
    wire = start()
    wire.listen(0.3)
    wire.process.send_signal(number)
    assert wire.status() == 128 + number
    on = set(re.findall(r"\x1b\[\?(\d+)h", wire.written)) - {"25"}
    off = set(re.findall(r"\x1b\[\?(\d+)l", wire.written))
    assert on
    assert on <= off
    assert wire.written.rindex("\x1b[?25h") > wire.written.rindex("\x1b[?25l")


def test_gnu_screen_gets_no_mouse_since_that_costs_it_the_escape_key(start: type[Wire]) -> None:
    wire = start(environment={"TERM": "screen", "STY": "4711.pts-0.nas"})
    wire.type("q")
    assert wire.status() == 0
    assert not re.search(r"\x1b\[\?100[0236]h", wire.written)


def test_a_dumb_terminal_is_told_so_and_not_drawn_on() -> None:
    wire = Wire(environment={"TERM": "dumb"})
    with contextlib.closing(wire):
        assert wire.status() == 2
        assert "TERM=dumb" in wire.plain
        assert "\x1b" not in wire.written


def test_a_storm_of_sizes_ends_in_the_last_one(start: type[Wire]) -> None:
    wire = start()
    for turn in range(40):
        wire.resize(20 + turn * 4, 5 + turn)
        wire.listen(0.01)
    wire.resize(100, 30)
    wire.listen(1.0)
    wire.written = ""
    wire.type("\x0c")
    wire.until(r"q quit")
    wire.type("q")
    assert wire.status() == 0


def test_a_log_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    wire = Wire("--log", str(tmp_path / "no/such/folder.log"))
    with contextlib.closing(wire):
        assert wire.status() == 2
        assert "cannot write the log" in wire.plain
        assert "\x1b" not in wire.written


def test_a_setting_that_cannot_be_used_is_told_in_one_line(start: type[Wire], tmp_path: Path) -> None:
    (tmp_path / "config/portview").mkdir(parents=True)
    (tmp_path / "config/portview/config.toml").write_text('theme = "pink"\n[keys]\nsort = "o"\n')
    log = tmp_path / "portview.log"
    wire = start("--log", str(log), size=(120, 40))
    wire.until("theme is none of auto, dark, light, ansi")
    wire.type("o")
    wire.until("PROTO↑")
    wire.type("q")
    assert wire.status() == 0
    assert log.read_text().count("\n") == 1


def test_a_slow_line_gets_few_bytes(start: type[Wire]) -> None:
    colours = {"COLORTERM": "truecolor"}
    fast, slow = start(environment=colours), start("--slow", environment=colours)
    for wire in (fast, slow):
        wire.listen(1.0)
        wire.type("q")
        assert wire.status() == 0
    assert len(slow.written) < len(fast.written)
    assert "\x1b[?1003h" not in slow.written
    assert not MANY_COLOURS.search(slow.written)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_without_one_of_its_ends_it_says_so_and_ends(closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m portview {closed}"],
        capture_output=True,
        check=False,
        timeout=WAIT_S,
    )
    assert done.returncode in (2, 74)
    assert done.stdout == b""
