"""One scan by portview's engine as an ordinary user, for the benchmark: JSON in, JSON out.

stdin: `hosts`, `ports`, `protocol`. stdout: `usual`, the most frequent state; `others`, the ports of each
address that are in another; how many ports are `done` at each; `verdicts`; `elapsed_s`; and `found_s`:
when the last open port was told.
"""

import json
import os
import sys
import threading
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from portview.scan.records import Batch, ScanHost
from portview.scan.scanner import Scan
from portview.vocabulary import Protocol, State

_NOBODY = 65534


def main() -> None:
    wanted = json.load(sys.stdin)
    found_s = 0.0

    def on_batch(batch: Batch) -> None:
        nonlocal found_s
        if any(result.state is State.OPEN for result in batch.results):
            found_s = batch.progress.elapsed_s

    hosts = [ScanHost(address) for address in wanted["hosts"]]
    scan = Scan(hosts, wanted["ports"], protocol=Protocol(wanted["protocol"]))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    report = scan.run(on_batch, threading.Event())
    counts = Counter(one.state for one in report.results)
    usual = max(counts, key=lambda state: counts[state])
    others: dict[str, dict[int, str]] = {}
    for one in report.results:
        if one.state is not usual:
            others.setdefault(one.address, {})[one.port] = one.state
    answer = {
        "usual": usual,
        "others": others,
        "done": Counter(one.address for one in report.results),
        "verdicts": dict(report.verdicts),
        "elapsed_s": round(report.elapsed_s, 3),
        "found_s": round(found_s, 3),
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
