"""Scan as an ordinary user and print the results: run by tests in a process of its own.

First line of stdin: JSON with `hosts`, `ports`, `protocol`, and optionally `files` (RLIMIT_NOFILE),
`busy` (descriptors to hold open meanwhile), `rate` and `confirm_all`. Further lines are orders: pause,
go_on, skip ADDRESS, cancel. With `tell`, each batch is told as a line of stdout: done, and what is lost.
"""

import json
import os
import resource
import sys
import threading
from dataclasses import asdict, replace

from portview.scan.records import Batch, ScanHost
from portview.scan.scanner import Scan
from portview.vocabulary import Protocol

_NOBODY = 65534


def main() -> None:
    wanted = json.loads(sys.stdin.readline())
    if files := wanted.get("files"):
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    busy = [os.open(os.devnull, os.O_RDONLY) for _ in range(wanted.get("busy", 0))]
    windows: list[int] = []

    cancel = threading.Event()

    def on_batch(batch: Batch) -> None:
        progress = batch.progress
        windows.append(progress.window)
        if wanted.get("tell"):
            seen = {
                "done": progress.done,
                "sent": progress.sent,
                "in_flight": progress.in_flight,
                "lost": progress.lost,
                "eta_s": progress.eta_s,
                "is_paused": progress.is_paused,
            }
            sys.stdout.write(json.dumps(seen) + "\n")
            sys.stdout.flush()

    def obey() -> None:
        for order, *address in map(str.split, sys.stdin):
            if order == "cancel":
                cancel.set()
            else:
                getattr(scan, order)(*address)

    hosts = [ScanHost(address) for address in wanted["hosts"]]
    scan = Scan(
        hosts,
        wanted["ports"],
        protocol=Protocol(wanted["protocol"]),
        rate=wanted.get("rate"),
        confirm_all=wanted.get("confirm_all", False),
    )
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    threading.Thread(target=obey, daemon=True).start()
    report = scan.run(on_batch, cancel)
    for descriptor in busy:
        os.close(descriptor)
    results = [asdict(replace(result, first_bytes=None)) for result in report.results]
    answer = {
        "results": results,
        "windows": windows,
        "gave_up": report.gave_up,
        "verdicts": dict(report.verdicts),
        "facts": {address: asdict(facts) for address, facts in report.facts.items()},
        "skipped": sorted(report.skipped),
        "cancelled": report.cancelled,
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
