"""The screen in a real pty of 120x40 beside PorTUI: start, idle cost, keys, memory, quitting.

Prints JSON, a table of medians for each program, with the load of the machine before and after. Runs of
the programs alternate. Sockets are made on loopback only.

    python -m venv peer && peer/bin/pip install portui==0.4.1
    unshare -n sh -c 'ip link set lo up; python tests/bench/screen_bench.py ...'   # no other sockets
    python tests/bench/screen_bench.py [--runs N] [--peer peer/bin/portui]
"""

import argparse
import fcntl
import json
import os
import pty
import re
import resource
import select
import signal
import socket
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

FIRST_PORT = 1025
SETTLE_S = 3.0
IDLE_S = 10.0
ROW = r"(?<!\d)(10[2-9]\d|11\d\d)(?!\d)"
"""The port of one of the first listeners."""
SEQUENCES = re.compile(rb"\x1b\[[0-9:;<=>?]*[ -/]*[@-~]|\x1b[PX^_\]].*?(?:\x1b\\|\x07)", re.DOTALL)
"""What is no text (ECMA-48): `ESC [ ? 1049 h` is none of the ports."""
QUIET_S = 0.1
"""So long without a byte means that the screen is finished."""
KEYS = 100
LIMIT_S = 60.0
PORTVIEW = [sys.executable, "-m", "portview"]
MANY_ROWS = """
import os
from portview.tui.run import FPS
os.environ["TEXTUAL_FPS"] = FPS
from portview.scan.records import Batch, PortResult, Progress, Reason, ScanHost
from portview.scan.reports import HostReport, Totals
from portview.tui.app import PortviewApp
from portview.tui.services import Services
from portview.vocabulary import Protocol, State

class Session:
    def run(self, listener, cancel):
        results = tuple(
            PortResult("127.0.0.1", port, Protocol.TCP, State.OPEN, Reason.SYN_ACK)
            for port in range(1, 65536)
        )
        progress = Progress(65535, 65535, 0, 1.0, 65535.0, 0.0, {State.OPEN: 65535}, 64)
        listener.on_batch(Batch(results, progress, finished=True))
        listener.on_host(HostReport(ScanHost("127.0.0.1"), results, 65535))
        return Totals("2024-05-01T14:03:00+00:00", 1.0, 65535, 65535)

def plan(targets, ports, protocol, cancel):
    return Services().plan(targets, "-", protocol, cancel)

PortviewApp(Services(plan=plan, session=lambda plan, talk: Session())).run()
"""


class Program:
    """A program in a terminal of its own."""

    def __init__(self, argv: list[str]) -> None:
        self.started = time.perf_counter()
        self.pid, self._side = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8")
            for name in ("COLUMNS", "LINES"):
                os.environ.pop(name, None)
            os.execv(argv[0], argv)
        self.resize(120, 40)
        self._ended = False
        self._poll = select.poll()  # select(2) takes no descriptor above 1,023, and the listeners have those
        self._poll.register(self._side, select.POLLIN)

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self._side, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def read(self, seconds: float) -> bytes | None:
        """What comes within so many seconds; None when the program has gone."""
        if not self._poll.poll(seconds * 1000):
            return b""
        try:
            return os.read(self._side, 65536) or None
        except OSError:
            return None

    def type(self, keys: str) -> None:
        os.write(self._side, keys.encode())

    def until(self, pattern: str, limit_s: float = LIMIT_S) -> float:
        """The seconds until the pattern was written, from now on."""
        asked, seen = time.perf_counter(), b""
        while not re.search(pattern.encode(), SEQUENCES.sub(b"", seen)):
            if time.perf_counter() - asked > limit_s or (data := self.read(0.5)) is None:
                raise TimeoutError(f"{pattern!r} did not come; got {seen[-500:]!r}")
            seen += data
        return time.perf_counter() - asked

    def drain(self, seconds: float) -> int:
        """How many bytes come within so many seconds."""
        count, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            count += len(self.read(left) or b"")
        return count

    def settle(self) -> float:
        """When the last byte came, of those that follow one another within QUIET_S."""
        last = time.perf_counter()
        while self.read(QUIET_S):
            last = time.perf_counter()
        return last

    def key(self, key: str) -> float:
        """Seconds from a key to the last byte of the screen that it makes."""
        self.settle()
        pressed = time.perf_counter()
        self.type(key)
        first = self.read(1.0)
        if not first:
            return float("nan")  # it changed nothing
        return max(self.settle() - pressed, 0.0)

    def cpu_s(self) -> float:
        """The processor time of all its threads, to the nanosecond (the kernel's CPUCLOCK_SCHED)."""
        return time.clock_gettime(~self.pid << 3 | 2)

    def peak_mib(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]  # every process has one

    def quit(self) -> float:
        """Seconds from q to the end of the process."""
        pressed = time.perf_counter()
        self.type("q")
        while time.perf_counter() - pressed < LIMIT_S:
            self.read(0.01)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                self._ended = True
                return time.perf_counter() - pressed
        raise TimeoutError("it does not end")

    def close(self) -> None:
        if not self._ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._side)


@contextmanager
def running(argv: list[str]) -> Iterator[Program]:
    program = Program(argv)
    try:
        yield program
    finally:
        program.close()


@contextmanager
def listeners(count: int) -> Iterator[None]:
    """So many listeners on loopback, from FIRST_PORT on."""
    with ExitStack() as held:
        port = FIRST_PORT
        while count:
            try:
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                count -= 1
            except OSError:  # somebody else has it
                pass
            port += 1
        yield


def p95(values: list[float]) -> float:
    known = sorted(value for value in values if value == value)
    return known[min(int(len(known) * 0.95), len(known) - 1)] if known else float("nan")


def start_and_idle(argv: list[str]) -> dict[str, float]:
    """With 300 listeners: to the first row, then untouched."""
    with running(argv) as program:
        start = program.until(ROW)
        program.drain(SETTLE_S)
        cpu, written = program.cpu_s(), program.drain(IDLE_S)
        used = program.cpu_s() - cpu
        return {
            "start_ms": start * 1000,
            "idle_cpu_percent": used / IDLE_S * 100,
            "idle_bytes_per_s": written / IDLE_S,
            "quit_ms": program.quit() * 1000,
        }


def keys(argv: list[str]) -> dict[str, float]:
    """With 1,500 listeners: down and up again."""
    with running(argv) as program:
        program.until(ROW)
        program.drain(SETTLE_S)
        down, up = "\x1b[B", "\x1b[A"
        values = [program.key(key) for key in [down] * (KEYS // 2) + [up] * (KEYS // 2)]
        return {"key_p95_ms": p95(values) * 1000, "peak_mib": program.peak_mib()}


def many_rows() -> dict[str, float]:
    """The scan pane with 65,535 rows."""
    with running([sys.executable, "-c", MANY_ROWS]) as program:
        program.until("listening")
        program.type("3")
        program.until("Target")
        program.type("\r")
        program.until("65,535 ports")
        program.drain(SETTLE_S)
        values = [program.key(key) for key in "j" * (KEYS // 4) + "\x04" * (KEYS // 4) + "Gg" * (KEYS // 4)]
        return {
            "key_65535_p95_ms": p95(values) * 1000,
            "peak_65535_mib": program.peak_mib(),
            "quit_65535_ms": program.quit() * 1000,
        }


def while_scanning() -> dict[str, float]:
    """All ports of loopback at full speed: Tab, until the line of keys is another; then q."""
    values = []
    with running(PORTVIEW) as program:
        program.until("listening")
        program.type("3")
        program.until("Target")
        program.type("\t\x15-\r")
        program.until(r"/s")
        for _ in range(20):
            program.type("\t")
            values.append(program.until("quit"))
        program.type("r")
        program.until(r"/s")
        quitting = program.quit()
    return {"key_scanning_p95_ms": p95(values) * 1000, "quit_scanning_ms": quitting * 1000}


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer", metavar="PROGRAM", help="PorTUI, to be measured in the same run")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard > 0 else 4096, hard))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what pip installs is compiled
    programs = {"portview": PORTVIEW}
    if options.peer:
        programs["peer"] = [os.path.abspath(options.peer)]
    load = os.getloadavg()
    measures: list[tuple[int, Callable[[list[str]], dict[str, float]]]] = [
        (300, start_and_idle),
        (1500, keys),
    ]
    figures: dict[str, dict[str, float]] = {name: {} for name in programs}
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = folder
        for count, measure in measures:
            with listeners(count):
                runs: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
                for _ in range(options.runs):
                    for name, argv in programs.items():
                        runs[name].append(measure(argv))
            for name in programs:
                figures[name].update(medians(runs[name]))
        for own in (many_rows, while_scanning):
            figures["portview"].update(medians([own() for _ in range(options.runs)]))
    json.dump({"load_before": load, "load_after": os.getloadavg(), **figures}, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
