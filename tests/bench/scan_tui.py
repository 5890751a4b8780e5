"""Measure a scan on the screen against the same scan as a command, and how fast keys are answered meanwhile.

The screen runs in a pseudo terminal of 120x40. Letters that are nowhere else on it are typed into a
field while it scans; a key is answered when its letter comes back. Prints JSON; exit status 1 when
the screen's rate is below 0.8 of the command's or p95 of the keys is over 60 ms.

    python tests/bench/scan_tui.py --runs 3
"""

import argparse
import json
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from fcntl import ioctl
from functools import partial
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_COMMAND = [sys.executable, "-m", "portview"]
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(_ROOT), "TERM": "xterm-256color"}
_LETTERS = [chr(code) for code in range(0x100, 0x180) if chr(code).isprintable()]
_KEY_EVERY_S = 0.1
_DONE = re.compile(r"([\d,]+) ports in ([\d.]+) s")


def rate_of_command(targets: str) -> float:
    """Ports a second of `portview scan --json`."""
    done = subprocess.run(
        [*_COMMAND, "scan", targets, "-p", "-", "--json"],
        capture_output=True,
        check=True,
        timeout=300,
        env=_ENVIRONMENT,
    )
    document = json.loads(done.stdout)
    return float(document["requested"] / document["elapsed_s"])


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self) -> None:
        self.pid, self._file = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, _COMMAND, _ENVIRONMENT)
        ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)
        self.text = ""

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._file, text.encode())

    def shows(self, text: str) -> bool:
        """Whether a text was drawn of late."""
        return text in self.text

    def until(self, is_there: Callable[[], object], timeout_s: float) -> bool:
        """Read what is drawn until the condition holds."""
        end = time.monotonic() + timeout_s
        while not is_there():
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._file], [], [], left)[0]:
                return bool(is_there())
            try:
                drawn = os.read(self._file, 1 << 16).decode("utf-8", "replace")
            except OSError:  # the program has gone
                return bool(is_there())
            self.text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
        return True

    def close(self) -> None:
        """Quit."""
        self.type("\x03")
        self.until(lambda: False, 0.5)
        os.close(self._file)
        os.waitpid(self.pid, 0)


def scan_on_screen(targets: str) -> tuple[float, list[float]]:
    """Ports a second on the screen, and milliseconds until each key was answered."""
    screen = Terminal()
    try:
        assert screen.until(lambda: "Local" in screen.text, 20)
        screen.type("3")
        assert screen.until(lambda: "Target" in screen.text, 20)
        screen.type(f"{targets}\t-\r")
        assert screen.until(lambda: "to go" in screen.text, 20), screen.text[-2000:]
        screen.type("/")
        delays = []
        for letter in _LETTERS:
            start = time.monotonic()
            screen.text = screen.text[-200:]
            screen.type(letter)
            if not screen.until(partial(screen.shows, letter), 5):
                raise AssertionError("a key was not answered in 5 s")
            delays.append(1000 * (time.monotonic() - start))
            if screen.until(lambda: _DONE.search(screen.text), _KEY_EVERY_S):
                delays.pop()  # the scan may have been over
                break
        assert screen.until(lambda: _DONE.search(screen.text), 120)
        done = _DONE.search(screen.text)
        assert done is not None
        return int(done[1].replace(",", "")) / float(done[2]), delays
    finally:
        screen.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each")
    parser.add_argument("--hosts", type=int, default=8, help="addresses of this machine to scan, all ports")
    wanted = parser.parse_args()
    targets = f"127.0.0.1-{wanted.hosts}"
    rates: dict[str, list[float]] = {"command": [], "screen": []}
    keys: list[float] = []
    for _ in range(wanted.runs):
        rates["command"].append(rate_of_command(targets))
        rate, delays = scan_on_screen(targets)
        rates["screen"].append(rate)
        keys += delays
    medians = {name: statistics.median(values) for name, values in rates.items()}
    share = medians["screen"] / medians["command"]
    p95 = statistics.quantiles(keys, n=20)[-1]
    answer = {
        "ports": wanted.hosts * 65535,
        "ports_per_s": {name: [round(value) for value in values] for name, values in rates.items()},
        "screen_to_command": round(share, 2),
        "keys": len(keys),
        "key_ms": {
            "median": round(statistics.median(keys), 1),
            "p95": round(p95, 1),
            "max": round(max(keys), 1),
        },
        "load": os.getloadavg()[0],
    }
    json.dump(answer, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0 if share >= 0.8 and p95 <= 60 else 1


if __name__ == "__main__":
    sys.exit(main())
