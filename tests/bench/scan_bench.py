"""Measure portview's scans beside nmap's, alternated, and check every port's state against the truth.

    sudo python tests/bench/scan_bench.py [--case NAME]... [--waiting | --busy] [--runs 5]
                                          [--limit 240] [--alone]

Each case has its own network namespaces (scan_cases.py). Times are those of whole processes, start
and output included. `wrong` counts ports whose state is not the truth, and of those the open ones that
were missed and the ones called open that are not. A rival that takes longer than --limit seconds is
ended and not run again; its time is then null. Those in `run_once` are run a single time, whatever
--runs says. Needs root; nmap and gcc are used where they are installed. Prints JSON, a line for each case
with its goals and whether they are met; the exit status is 1 when one is not.

The relay's devices have no neighbours, so hosts behind it are scanned as politely as behind a router.

With 5 runs: loopback 30 s, half_dropped 40 s, all_dropped 5 min, loss_5 15 min, rtt_104 9 min,
rtt_40_loss_3 8 min, slow_link 5 min, rejected 2 min, udp 2 min, one_host, block and memory 15 s each.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.scan_cases import CASES, FOUND, Case
from tests.bench.scan_net import Net, network

_HERE = Path(__file__).parent
_NMAP = {
    "nmap_t3": ["-sT"],
    "nmap_t4": ["-sT", "-T4"],
    "nmap_udp": ["-sU"],
}
_MEMORY, _MOST_MIB = "memory", 60
# Addresses, ports and states.
States = dict[tuple[str, int], str]


def portview(case: Case, net: Net) -> tuple[float, States, dict[str, Any]]:
    wanted = {"hosts": list(case.hosts), "ports": list(case.ports), "protocol": case.protocol}
    start_s = time.perf_counter()
    done = subprocess.run(
        place(case, net, sys.executable, str(_HERE / "scan_one.py")),
        input=json.dumps(wanted).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=600,
    )
    elapsed_s = time.perf_counter() - start_s
    answer = json.loads(done.stdout)
    states = {(address, port): answer["usual"] for address in answer["done"] for port in case.ports}
    if set(answer["done"].values()) != {len(case.ports)}:
        states = {}
    for address, ports in answer["others"].items():
        states |= {(address, int(port)): state for port, state in ports.items()}
    return elapsed_s, states, answer


def nmap(options: Sequence[str], case: Case, net: Net, limit_s: float) -> tuple[float | None, States]:
    ports = f"{case.ports[0]}-{case.ports[-1]}"
    command = ["nmap", "-n", "-Pn", *options, "-p", ports, "-oX", "-", *case.hosts]
    start_s = time.perf_counter()
    try:
        done = subprocess.run(
            place(case, net, *command), capture_output=True, text=True, check=True, timeout=limit_s
        )
    except subprocess.TimeoutExpired:
        return None, {}
    elapsed_s = time.perf_counter() - start_s
    states: States = {}
    for host in ElementTree.fromstring(done.stdout).iter("host"):
        [address] = [named.attrib["addr"] for named in host.iter("address") if named.get("addrtype") != "mac"]
        for group in host.iter("extraports"):
            for reasons in group.iter("extrareasons"):
                for port in parse_ports(reasons.attrib["ports"]):
                    states[address, port] = group.attrib["state"]
        for element in host.iter("port"):
            for state in element.iter("state"):
                states[address, int(element.attrib["portid"])] = state.attrib["state"]
    return elapsed_s, states


def parse_ports(text: str) -> Iterator[int]:
    for item in text.split(","):
        first, _, last = item.partition("-")
        yield from range(int(first), int(last or first) + 1)


def place(case: Case, net: Net, *command: str) -> list[str]:
    """Loopback is scanned where the servers are."""
    if case.hosts == ("127.0.0.1",):
        return ["ip", "netns", "exec", net.server, *command]
    return net.inside(*command)


def check(case: Case, states: States) -> dict[str, int]:
    wrong = missed = false = 0
    for address in case.hosts:
        for port in case.ports:
            truth, state = case.truth(port), states.get((address, port))
            # A closed UDP port that says nothing may be told apart or not: Linux limits its ICMP errors.
            if state == truth or (case.protocol == "udp" and truth == "closed" and state == "open|filtered"):
                continue
            wrong += 1
            missed += truth == "open"
            false += state == "open"
    return {"wrong": wrong, "missed": missed, "false_open": false}


def measure(case: Case, runs: int, limit_s: float, c_loop: Path | None) -> dict[str, Any]:
    times: dict[str, list[float | None]] = {"portview": []}
    faults: dict[str, list[dict[str, int]]] = {"portview": []}
    rivals = [name for name in case.rivals if c_loop or name != "c_loop"]
    more: list[dict[str, Any]] = []
    with network(dict(case.link) if case.link else None, dict(case.served)) as net:
        net.firewall(*case.rules, outgoing=case.outgoing)
        for number in range(max(runs, case.runs_at_least)):
            elapsed_s, states, answer = portview(case, net)
            if number < runs:  # the others are not alternated with the rivals
                times["portview"].append(round(elapsed_s, 3))
            faults["portview"].append(check(case, states))
            more.append({key: answer[key] for key in ("elapsed_s", FOUND)})
            more[-1]["verdicts"] = sorted(set(answer["verdicts"].values()))
            for name in rivals:
                if number >= (1 if name in case.once else runs):
                    continue
                if name == "c_loop":
                    assert c_loop
                    start_s = time.perf_counter()
                    subprocess.run(place(case, net, str(c_loop)), check=True, stdout=subprocess.DEVNULL)
                    times.setdefault(name, []).append(round(time.perf_counter() - start_s, 3))
                elif None not in times.setdefault(name, []):
                    taken_s, states = nmap(_NMAP[name], case, net, limit_s)
                    times[name].append(taken_s and round(taken_s, 3))
                    if taken_s:
                        faults.setdefault(name, []).append(check(case, states))
    medians = {name: median(values) for name, values in times.items()}
    return {
        "case": case.name,
        "ports": len(case.ports) * len(case.hosts),
        "seconds": times,
        "median_s": medians,
        "run_once": list(case.once),
        "wrong": faults,
        "portview": more,
        "load": os.getloadavg()[0],
    }


def judge(case: Case, measured: dict[str, Any], others: dict[str, float], limit_s: float) -> dict[str, Any]:
    """The same with its goals; `others` are the seconds a port of the cases before.

    A rival that was ended took longer than `limit_s`: then the ratio is an upper bound.
    """
    medians = measured["median_s"]
    ours = statistics.median(one[FOUND] for one in measured["portview"])
    wrong = sum(one["wrong"] for one in measured["wrong"]["portview"])
    runs = len(measured["wrong"]["portview"])
    goals = [{"goal": f"no wrong port in {runs} runs", "value": wrong, "met": wrong == 0}]
    for goal in case.goals:
        if goal.rival:
            if goal.rival not in medians:
                continue
            what, value = f"of {goal.rival}", medians["portview"] / (medians[goal.rival] or limit_s)
        elif goal.case:
            if goal.case not in others:
                continue
            what, value = f"of {goal.case}, a port", others[case.name] / others[goal.case]
        else:
            what, value = goal.of, ours if goal.of == FOUND else medians["portview"]
        goals.append(
            {"goal": f"at most {goal.limit} {what}", "value": round(value, 3), "met": value <= goal.limit}
        )
    return {**measured, "goals": goals, "met": all(goal["met"] for goal in goals)}


def memory() -> dict[str, Any]:
    """The most memory of `scan --json` of all ports of this machine, as a whole process."""
    command = [sys.executable, "-m", "portview", "scan", "--json", "-p", "-", "127.0.0.1"]
    process = subprocess.Popen(
        command, cwd=_HERE.parents[1], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    mib = round(usage.ru_maxrss / 1024, 1)
    return {
        "case": _MEMORY,
        "mib": mib,
        "exit_status": process.returncode,
        "goals": [{"goal": f"at most {_MOST_MIB} MiB", "value": mib, "met": mib <= _MOST_MIB}],
        "met": mib <= _MOST_MIB and process.returncode == 0,
    }


def median(values: Sequence[float | None]) -> float | None:
    """None when one of them took too long."""
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 3) if len(known) == len(values) else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [*(case.name for case in CASES), _MEMORY]
    parser.add_argument("--case", action="append", choices=names, help="this one only; may be repeated")
    parser.add_argument("--waiting", action="store_true", help="those alone that leave the processor idle")
    parser.add_argument("--busy", action="store_true", help="the others alone")
    parser.add_argument("--runs", type=int, default=5, help="runs of each scanner")
    parser.add_argument("--limit", type=float, default=240.0, metavar="S", help="the longest for a rival")
    parser.add_argument("--alone", action="store_true", help="without rivals")
    options = parser.parse_args()
    chosen = set(options.case or names)
    waiting = {case.name for case in CASES if case.is_waiting}
    if options.waiting != options.busy:
        chosen &= waiting if options.waiting else set(names) - waiting
    each: dict[str, float] = {}
    met: dict[str, bool] = {}

    def tell(answer: dict[str, Any]) -> None:
        if "case" in answer:
            met[answer["case"]] = answer["met"]
        json.dump(answer, sys.stdout)
        sys.stdout.write("\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory() as made:
        c_loop = Path(made, "scan_connect") if shutil.which("gcc") else None
        if c_loop:
            subprocess.run(["gcc", "-O2", str(_HERE / "scan_connect.c"), "-o", str(c_loop)], check=True)
        for case in CASES:
            if case.name in chosen:
                if options.alone or not shutil.which("nmap"):
                    case = replace(case, rivals=())
                measured = measure(case, options.runs, options.limit, c_loop)
                each[case.name] = measured["median_s"]["portview"] / measured["ports"]
                tell(judge(case, measured, each, options.limit))
    if _MEMORY in chosen:
        tell(memory())
    tell({"met": met})
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
