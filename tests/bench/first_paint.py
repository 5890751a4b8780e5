"""How long until portview shows something, in a real pty, beside the least Textual program.

Prints JSON: medians in milliseconds from the start of the process to the first header, to the first
table of sockets, and to the peer's only line; and the ratio of the first two to the peer.

    python tests/bench/first_paint.py [--runs N]
"""

import argparse
import fcntl
import json
import os
import pty
import select
import signal
import statistics
import struct
import sys
import termios
import time

PEER = """
from textual.app import App
from textual.widgets import Static

class Least(App):
    def compose(self):
        yield Static("the-only-line")

Least().run()
"""
_LIMIT_S = 20.0


def seconds_until(argv: list[str], *marks: bytes) -> list[float]:
    """Start a program in a terminal of 120x40; the seconds until each mark was on the wire."""
    started = time.perf_counter()
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
        os.execv(argv[0], argv)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    times: list[float] = []
    try:
        while len(times) < len(marks):
            if time.perf_counter() - started > _LIMIT_S:
                raise TimeoutError(f"{marks[len(times)]!r} did not come; got {seen[-500:]!r}")
            if select.select([master], [], [], 0.5)[0]:
                seen += os.read(master, 65536)
            while len(times) < len(marks) and marks[len(times)] in seen:
                times.append(time.perf_counter() - started)
    finally:
        os.kill(pid, signal.SIGTERM)
        os.close(master)
        os.waitpid(pid, 0)
    return times


def main() -> None:
    """Alternate both programs and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what pip installs is compiled
    header, table, peer = [], [], []
    for _ in range(runs):
        first, second = seconds_until([sys.executable, "-m", "portview"], b"portview", b"listening")
        header.append(first)
        table.append(second)
        peer += seconds_until([sys.executable, "-c", PEER], b"the-only-line")
    medians = {name: statistics.median(times) for name, times in (("h", header), ("t", table), ("p", peer))}
    report = {
        "runs": runs,
        "first_header_ms": round(medians["h"] * 1000),
        "first_table_ms": round(medians["t"] * 1000),
        "least_textual_program_ms": round(medians["p"] * 1000),
        "first_header_ratio": round(medians["h"] / medians["p"], 2),
        "first_table_ratio": round(medians["t"] / medians["p"], 2),
    }
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
