"""Scans that stop halfway, and what the scan pane lists of them."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from portview.scan.plan import Plan
from portview.scan.records import Batch, PortResult, Progress, Reason
from portview.scan.reports import Totals
from portview.scan.session import Listener
from portview.vocabulary import Protocol, State
from tests.tui.prepared import PreparedScan

if TYPE_CHECKING:
    from tests.tui.stage import Stage


class Halfway(PreparedScan):
    """A scan that finds two ports and then waits until it is cancelled."""

    made: ClassVar[list[Halfway]] = []
    results: tuple[PortResult, ...] = (
        PortResult("192.0.2.7", 22, Protocol.TCP, State.OPEN, Reason.SYN_ACK),
        PortResult("192.0.2.7", 23, Protocol.TCP, State.CLOSED, Reason.CONN_REFUSED),
    )

    def __init__(self, plan: Plan, talk: bool = False) -> None:
        super().__init__(plan, talk)
        self.cancelled = threading.Event()
        self.made.append(self)

    def run(self, listener: Listener, cancel: threading.Event) -> Totals:
        counts = {State.OPEN: 1, State.CLOSED: 1}
        progress = Progress(4, 2, 2, 1.0, 2.0, 1.0, counts, 64)
        listener.on_batch(Batch(self.results, progress))
        for _ in range(300):
            if cancel.wait(0.1):
                break
            paused = bool(self.asked) and self.asked[-1] == "pause"
            listener.on_batch(Batch((), replace(progress, is_paused=paused)))
        self.cancelled.set()
        return self.end(listener, requested=4, cancelled=True)


class Closed(Halfway):
    """Two neighbours that are closed, with one between them that was not asked yet."""

    results = tuple(
        PortResult("192.0.2.7", port, Protocol.TCP, State.CLOSED, Reason.CONN_REFUSED) for port in (23, 25)
    )


def found(stage: Stage) -> list[tuple[str, State]]:
    return [(row.ports.label, row.ports.state) for row in stage.pane.rows.items]
