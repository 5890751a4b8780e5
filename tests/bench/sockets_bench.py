"""Measure reading the sockets of a crowded machine against ss and lsof, alternating them.

    python tests/bench/sockets_bench.py --runs 7

Takes root: it makes a network namespace of its own with 300 processes, 1,500 listeners and 13,500
sockets in all, and ends them. Prints JSON: all times, medians in milliseconds, each row's ratio to its
peer and the goal, and whether ss saw the same sockets and owners. Exit status 1 when it did not.
"""

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from portview.sockets.informed import Informed
from portview.sockets.records import Snapshot
from portview.sockets.source import best_source

_ROOT = Path(__file__).parents[2]
PROCESSES, LISTENERS, CONNECTIONS, NEW = 300, 5, 20, 10
"""Processes; listeners, and connections to the next one's listeners, of each; listeners opened meanwhile."""

FIRST_PORT, NEW_PORT = 10_000, 9_000
STEADY = 10

# What is timed in a new interpreter is the first snapshot; importing is the business of `ls`.
_FRESH = """
import sys, time
from portview.sockets.informed import Informed
from portview.sockets.source import best_source
source = Informed(best_source()) if "informed" in sys.argv else best_source()
start = time.perf_counter()
source.snapshot(everything="everything" in sys.argv)
print((time.perf_counter() - start) * 1000)
"""
_SCRIPT = "import sys; from portview.__main__ import main; sys.exit(main())"
_PEERS = {"listeners": ["ss", "-tulpn"], "everything": ["ss", "-tuanp"], "lsof": ["lsof", "-nP", "-i"]}
GOALS = {
    "steady": ("listeners", 0.05),
    "after_10_new": ("listeners", 0.25),
    "first": ("listeners", 0.8),
    "first_everything": ("everything", 0.8),
    "turn_to_everything": ("everything", 0.8),
    "ls_json": ("lsof", 1.0),
    "first_informed": ("listeners", None),
    "steady_informed": ("listeners", None),
    "steady_everything": ("everything", None),
}
"""Each case, what it is measured against, and the ratio to reach."""


@contextmanager
def crowd() -> Iterator[None]:
    """All those processes; each listens, then knocks at the next one and accepts."""
    steps = [os.pipe() for _ in range(3)]
    done = os.pipe()
    pids = []
    try:
        for number in range(PROCESSES):
            pid = os.fork()
            if pid == 0:
                try:
                    _live(number, [reader for reader, _ in steps], done[1])
                finally:
                    os._exit(1)
            pids.append(pid)
        for _, writer in steps:
            os.write(writer, b"x" * PROCESSES)
            left = PROCESSES
            while left:
                left -= len(os.read(done[0], left))
        for end in (*done, *(end for step in steps for end in step)):
            os.close(end)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _live(number: int, steps: list[int], done: int) -> None:
    """Take one step whenever told; live for as long as the parent does."""
    os.read(steps[0], 1)
    listeners = [
        socket.create_server(("127.0.0.1", FIRST_PORT + number * LISTENERS + which), backlog=CONNECTIONS)
        for which in range(LISTENERS)
    ]
    os.write(done, b"x")
    os.read(steps[1], 1)
    next_port = FIRST_PORT + (number + 1) % PROCESSES * LISTENERS
    clients = [
        socket.create_connection(("127.0.0.1", next_port + which % LISTENERS)) for which in range(CONNECTIONS)
    ]
    os.write(done, b"x")
    os.read(steps[2], 1)
    accepted = [listeners[which % LISTENERS].accept() for which in range(CONNECTIONS)]
    os.write(done, b"x")
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(5)
    del clients, accepted


def elapsed_ms(argv: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, env=_environment(), check=True, timeout=60)
    return (time.perf_counter() - start) * 1000


def fresh_ms(*words: str) -> float:
    argv = [sys.executable, "-c", _FRESH, *words]
    done = subprocess.run(argv, capture_output=True, env=_environment(), check=True, timeout=60, text=True)
    return float(done.stdout)


def _environment() -> dict[str, str]:
    # An installed program has its bytecode; a run that may not write it would compile each time.
    return {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": ""}


class Warm:
    """A source that is refreshed again and again, as the screen does."""

    def __init__(self, *, informed: bool = False, everything: bool = False) -> None:
        self._source = Informed(best_source()) if informed else best_source()
        self._everything = everything
        self.refresh_ms()

    def refresh(self) -> Snapshot:
        return self._source.snapshot(everything=self._everything)

    def refresh_ms(self) -> float:
        start = time.perf_counter()
        self.refresh()
        return (time.perf_counter() - start) * 1000

    def everything_ms(self) -> float:
        """From the listeners to all sockets, as by one key; and back, untimed."""
        self._everything = True
        try:
            return self.refresh_ms()
        finally:
            self._everything = False
            self.refresh()

    def steady_ms(self) -> float:
        return statistics.median(self.refresh_ms() for _ in range(STEADY))


def after_new_ms(warm: Warm) -> float:
    """Another process opens listeners; the refresh that shows them is timed."""
    program = f"""
import socket, sys
kept = [socket.create_server(("127.0.0.1", {NEW_PORT} + number)) for number in range({NEW})]
print("ready", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as opener:
        assert opener.stdout is not None
        opener.stdout.readline()
        took = warm.refresh_ms()
        found = {each.port for each in warm.refresh().sockets if [o.pid for o in each.owners] == [opener.pid]}
        opener.communicate()
    assert found == set(range(NEW_PORT, NEW_PORT + NEW))
    for _ in range(STEADY):  # let the refreshes be steady again
        warm.refresh()
    return took


def ss_sees_the_same(*, everything: bool) -> bool:
    """Sockets by their ends and the pids that hold them."""
    done = subprocess.run(
        [*_PEERS["everything" if everything else "listeners"], "-H"],
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = set()
    for line in done.stdout.splitlines():
        protocol, _, _, _, local, remote, *rest = line.split(None, 6)
        pids = frozenset(map(int, re.findall(r"pid=(\d+)", "".join(rest))))
        theirs.add((protocol, local, "" if remote.endswith(":*") else remote, pids))
    ours = {
        (
            each.protocol.value,
            f"{each.address}:{each.port}",
            f"{each.remote_address}:{each.remote_port}" if each.remote_port else "",
            frozenset(owner.pid for owner in each.owners),
        )
        for each in best_source().snapshot(everything=everything).sockets
    }
    return ours == theirs


def measure(runs: int) -> dict[str, object]:
    cases: dict[str, Callable[[], float]] = {
        **{name: partial(elapsed_ms, argv) for name, argv in _PEERS.items()},
        "first": fresh_ms,
        "first_informed": lambda: fresh_ms("informed"),
        "first_everything": lambda: fresh_ms("everything"),
        "ls_json": lambda: elapsed_ms([sys.executable, "-c", _SCRIPT, "ls", "--json"]),
        "steady": Warm().steady_ms,
        "steady_informed": Warm(informed=True).steady_ms,
        "steady_everything": Warm(everything=True).steady_ms,
        "turn_to_everything": Warm().everything_ms,
        "after_10_new": partial(after_new_ms, Warm()),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(runs + 1):
        for name, timed in cases.items():
            took = timed()
            if number:  # the first run fills the caches
                times[name].append(round(took, 2))
    medians = {name: round(statistics.median(values), 2) for name, values in times.items()}
    ratios = {name: round(medians[name] / medians[peer], 3) for name, (peer, _) in GOALS.items()}
    return {
        "sockets": len(Warm(everything=True).refresh().sockets),
        "listeners": len(Warm().refresh().sockets),
        "processes": PROCESSES,
        "load": os.getloadavg(),
        "times_ms": times,
        "median_ms": medians,
        "ratio": ratios,
        "goal": {name: goal for name, (_, goal) in GOALS.items() if goal},
        "missed": [name for name, (_, goal) in GOALS.items() if goal and ratios[name] > goal],
        "as_ss": ss_sees_the_same(everything=False) and ss_sees_the_same(everything=True),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="runs of each case")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        argv = ["unshare", "--net", sys.executable, __file__, "--inside", "--runs", str(arguments.runs)]
        return subprocess.run(argv, check=False).returncode
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with crowd():
        answer = measure(arguments.runs)
    json.dump(answer, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0 if answer["as_ss"] else 1


if __name__ == "__main__":
    sys.exit(main())
