"""Does the screen grow while sockets, processes and scans come and go?

    python tests/bench/churn.py [--minutes N]

Takes root: it uses the program in a pseudo terminal, in namespaces of its own (network, processes), where
listeners, connections and processes change all the time: filters, knocks, scans of loopback, searches, all
pages, other sizes. After each round through them it looks at the program from outside. Prints JSON: first,
last and most of memory and handles, and by how much they grow in a minute (least squares over the second
half; in the first one histories fill up to their bounds). Exit status 1 when something grows.
"""

import argparse
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.screen_bench import PORTVIEW, Program, running

LISTENERS, CONNECTIONS, PROCESSES = 40, 30, 6
EVERY_S = 0.1
"""How often something comes and something goes."""
LIFE_S = "3"
ESCAPE, ESCAPE_S = "\x1b", 0.25
"""A key that follows Esc sooner than that is taken for one with Alt."""
KEY_S = 0.05
LIMIT_S = 15.0
"""A round in which something did not come for so long is missed, as when a key came too early."""
KNOCKS = 4
"""More in each round: their list comes to its bound of 500 before half the time is over."""
SIZES = ((120, 40), (80, 24), (200, 60), (100, 30))
GROWS = {"rss_kib": 100.0, "fds": 0.1, "threads": 0.3, "children": 0.1}
"""What counts as growth, in a minute; 100 KiB are 3 MiB in half an hour, which the allocator's own
unevenness stays below; threads come one by one until their pool is full."""


class Crowd:
    """Sockets and processes of this machine that come and go, until `stop` is set."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.listeners: deque[socket.socket] = deque()
        self._connections: deque[socket.socket] = deque()
        self._processes: deque[subprocess.Popen[bytes]] = deque()

    @property
    def port(self) -> int:
        """The port of a listener that was there just now."""
        return int(self.listeners[-1].getsockname()[1])

    def change(self) -> None:
        """One listener and one connection come, the oldest ones go; now and then so does a process."""
        self.listeners.append(socket.create_server(("127.0.0.1", 0)))
        if len(self.listeners) > LISTENERS:
            self.listeners.popleft().close()
        chosen = random.choice(self.listeners)
        self._connections.append(socket.create_connection(chosen.getsockname(), timeout=1))
        self._connections.append(chosen.accept()[0])
        while len(self._connections) > CONNECTIONS:
            self._connections.popleft().close()
        while self._processes and self._processes[0].poll() is not None:
            self._processes.popleft()
        if len(self._processes) < PROCESSES and random.random() < 0.2:
            with socket.create_server(("127.0.0.1", 0)) as theirs:
                self._processes.append(subprocess.Popen(["sleep", LIFE_S], pass_fds=[theirs.fileno()]))

    def live(self) -> None:
        """Change until told to stop, then end what was started."""
        while not self.stop.wait(EVERY_S):
            self.change()
        for one in (*self.listeners, *self._connections):
            one.close()
        for process in self._processes:
            process.wait()


@contextmanager
def crowded() -> Iterator[Crowd]:
    """A crowd in a thread of its own."""
    crowd = Crowd()
    crowd.change()
    thread = threading.Thread(target=crowd.live)
    thread.start()
    try:
        yield crowd
    finally:
        crowd.stop.set()
        thread.join()


def press(program: Program, *keys: str) -> None:
    """Press keys as fast as people do."""
    for key in keys:
        program.type(key)
        program.drain(ESCAPE_S if key == ESCAPE else KEY_S)


def use(program: Program, crowd: Crowd, turn: int) -> None:
    """Go through all panes once; ends in the first one, as it was."""

    program.resize(*SIZES[turn % len(SIZES)])
    press(
        program, "1", ESCAPE, "/", *"sleep", "\r", *"jjGg", ESCAPE, "a", *"jjGgs", "a", "x", ESCAPE, "u", "u"
    )
    press(program, "2", ESCAPE, "/", f"127.0.0.1:{crowd.port if turn % 2 else 1}", "\r")
    for _ in range(KNOCKS):
        program.drain(0.3)
        press(program, "p")
    press(program, ESCAPE, *"jkhy", "\x7f")
    press(program, "3", ESCAPE, "/", f"127.0.0.{turn % 200 + 1}", "\t", "1-2048")
    program.type("\r")
    program.until(r"2,048 ports in", LIMIT_S)
    press(program, *"jjfffc", ESCAPE)
    press(program, "4", ESCAPE, "/", "redis", "\r", ESCAPE, *"jnj", ESCAPE)
    press(program, "?", ESCAPE, "\x10", "sleep", ESCAPE, "1")
    program.resize(120, 40)
    program.drain(0.5)
    program.type("\x0c")
    program.until("listening", LIMIT_S)


def look(pid: int) -> dict[str, float]:
    """What a process holds now."""
    process = Path(f"/proc/{pid}")
    children = [path.read_text().split() for path in process.glob("task/*/children")]
    return {
        "rss_kib": int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024,
        "fds": len(os.listdir(process / "fd")),
        "threads": len(os.listdir(process / "task")),
        "children": sum(map(len, children)),
    }


def slope(times: Sequence[float], values: Sequence[float]) -> float:
    """How much the values grow with each unit of time, by least squares."""
    mean_t, mean_v = sum(times) / len(times), sum(values) / len(values)
    spread = sum((t - mean_t) ** 2 for t in times)
    return sum((t - mean_t) * (v - mean_v) for t, v in zip(times, values, strict=True)) / spread


def grown(samples: Sequence[tuple[float, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """First, last, most, and growth a minute over the second half of samples (seconds, figures)."""
    late = samples[len(samples) // 2 :]
    answer = {}
    for name in GROWS:
        values = [figures[name] for _, figures in samples]
        each = slope([seconds / 60 for seconds, _ in late], [figures[name] for _, figures in late])
        answer[name] = {
            "first": values[0],
            "last": values[-1],
            "most": max(values),
            "a_minute": round(each, 3),
        }
    return answer


def churn(minutes: float) -> dict[str, object]:
    """Use the program for so long."""
    samples, missed = [], 0
    with running(PORTVIEW) as program, crowded() as crowd:
        program.until("listening")
        start = time.monotonic()
        for turn in itertools.count():
            try:
                use(program, crowd, turn)
            except TimeoutError as error:
                missed += 1
                sys.stderr.write(f"missed round {turn}: {error}\n")
                press(program, *ESCAPE * 3, "1")
                continue
            samples.append((time.monotonic() - start, look(program.pid)))
            if samples[-1][0] > minutes * 60 and len(samples) >= 4:
                break
        quit_s = program.quit()
    figures = grown(samples)
    return {
        "minutes": round(samples[-1][0] / 60, 1),
        "rounds": len(samples),
        "missed": missed,
        "load": os.getloadavg()[0],
        **figures,
        "quit_s": round(quit_s, 2),
        "grows": [name for name, bound in GROWS.items() if figures[name]["a_minute"] > bound],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        argv = [
            *("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"),
            *(sys.executable, __file__, "--inside", "--minutes", str(arguments.minutes)),
        ]
        return subprocess.run(argv, check=False).returncode
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = folder
        answer = churn(arguments.minutes)
    json.dump(answer, sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 1 if answer["grows"] else 0


if __name__ == "__main__":
    sys.exit(main())
