"""Measure a full TCP scan of 127.0.0.1 against `nmap -sT -n -Pn -p-`, alternating the two.

Every port's state is checked against the truth: the listeners of this script must be open, and
no port may be open that nothing listens at. Prints JSON with all times, medians and their ratio;
exit status 1 when a state was wrong.

    python tests/bench/scan_loopback.py --runs 5
"""

import argparse
import json
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from portview.scan.ports import LAST_PORT
from portview.scan.records import ScanHost
from portview.scan.scanner import Scan
from portview.vocabulary import State

_HOST = "127.0.0.1"
_LISTENERS = 12
_ALL = range(1, LAST_PORT + 1)


def scan_with_portview() -> tuple[float, dict[int, str]]:
    start = time.perf_counter()
    report = Scan([ScanHost(_HOST)], _ALL).run(lambda batch: None, threading.Event())
    elapsed = time.perf_counter() - start
    return elapsed, {result.port: result.state.value for result in report.results}


def scan_with_nmap() -> tuple[float, dict[int, str]]:
    start = time.perf_counter()
    done = subprocess.run(
        ["nmap", "-sT", "-n", "-Pn", "-p-", "-oG", "-", _HOST],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    elapsed = time.perf_counter() - start
    states = dict.fromkeys(_ALL, State.CLOSED.value)
    for line in done.stdout.splitlines():
        for item in line.partition("Ports: ")[2].partition("\t")[0].split(", "):
            port, _, rest = item.strip().partition("/")
            if port:
                states[int(port)] = rest.partition("/")[0]
    return elapsed, states


def listening_ports() -> set[int]:
    """TCP ports that something of this machine listens at, whoever it is (proc_net_tcp(5))."""
    ports = set()
    for table in ("tcp", "tcp6"):
        for row in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A":
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def faults(states: dict[int, str], own: set[int], possible: set[int]) -> dict[str, list[int]]:
    """Ports whose state is not the truth; other programs' listeners may be either."""
    return {
        "missing": [port for port in _ALL if port not in states],
        "open_not_found": sorted(port for port in own if states.get(port) != State.OPEN),
        "not_open": sorted(
            port for port, state in states.items() if state == State.OPEN and port not in possible
        ),
        "not_closed": sorted(
            port
            for port, state in states.items()
            if port not in possible and state not in (State.OPEN, State.CLOSED)
        ),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each scanner")
    runs = parser.parse_args().runs
    scanners = {"portview": scan_with_portview}
    if shutil.which("nmap"):
        scanners["nmap"] = scan_with_nmap
    times: dict[str, list[float]] = {name: [] for name in scanners}
    wrong: dict[str, list[dict[str, list[int]]]] = {name: [] for name in scanners}
    with ExitStack() as stack:
        own = set()
        for _ in range(_LISTENERS):
            listener = stack.enter_context(socket.socket())
            listener.bind((_HOST, 0))
            listener.listen(64)
            own.add(listener.getsockname()[1])
        for _ in range(runs):
            for name, scan in scanners.items():
                before = listening_ports()
                elapsed, states = scan()
                times[name].append(round(elapsed, 3))
                wrong[name].append(faults(states, own, own | before | listening_ports()))
    medians = {name: round(statistics.median(values), 3) for name, values in times.items()}
    is_right = {name: not any(any(fault.values()) for fault in all_) for name, all_ in wrong.items()}
    answer = {
        "ports": LAST_PORT,
        "listeners": _LISTENERS,
        "seconds": times,
        "median_s": medians,
        "portview_to_nmap": round(medians["portview"] / medians["nmap"], 2) if "nmap" in medians else None,
        "all_states_right": is_right,
        "faults": {name: [fault for fault in all_ if any(fault.values())] for name, all_ in wrong.items()},
    }
    json.dump(answer, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0 if is_right["portview"] else 1


if __name__ == "__main__":
    sys.exit(main())
