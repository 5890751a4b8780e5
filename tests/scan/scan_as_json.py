"""Scan as an ordinary user and print the results: run by tests in a process of its own.

stdin: JSON with `hosts`, `ports`, `protocol`, and optionally `files` (RLIMIT_NOFILE) and `busy`
(descriptors to hold open meanwhile).
"""

import json
import os
import resource
import sys
import threading
from dataclasses import asdict

from portview.scan.records import Batch, ScanHost
from portview.scan.scanner import Scan
from portview.vocabulary import Protocol

_NOBODY = 65534


def main() -> None:
    wanted = json.load(sys.stdin)
    if files := wanted.get("files"):
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    busy = [os.open(os.devnull, os.O_RDONLY) for _ in range(wanted.get("busy", 0))]
    windows: list[int] = []

    def on_batch(batch: Batch) -> None:
        windows.append(batch.progress.window)

    hosts = [ScanHost(address) for address in wanted["hosts"]]
    scan = Scan(hosts, wanted["ports"], protocol=Protocol(wanted["protocol"]))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    report = scan.run(on_batch, threading.Event())
    for descriptor in busy:
        os.close(descriptor)
    results = [asdict(result) for result in report.results]
    answer = {
        "results": results,
        "windows": windows,
        "gave_up": report.gave_up,
        "verdicts": dict(report.verdicts),
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
