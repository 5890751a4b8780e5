"""One scan of the scan pane: what is known of it from what was typed to how it ended."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.widget import Widget

from portview.scan.records import Asked, Batch, PortResult
from portview.tui.canvas import Canvas, Picture
from portview.tui.services import Running

if TYPE_CHECKING:
    from portview.scan.compare import Changes
    from portview.scan.plan import Plan
    from portview.scan.reports import HostReport, Totals
    from portview.scan.said import Heard


class Before(NamedTuple):
    """What a scan is compared with: an earlier one of the same hosts, and when that was."""

    time: str
    results: Sequence[PortResult]


class Part(NamedTuple):
    """What a scan found before it was cut short."""

    reports: "Sequence[HostReport]"
    totals: "Totals"


@dataclass
class Run:
    """A scan, from what was typed to how it ended.

    `earlier` is the part of a scan that is gone on with, `file` where it is kept.
    One that `is_past` was kept and is read again; it is gone on with at once where it `is_wanted`.
    """

    asked: Asked
    talk: bool = False
    earlier: Part | None = None
    file: Path | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    plan: "Plan | None" = None
    session: Running | None = None
    picture: Picture = field(default_factory=Picture)
    is_past: bool = False
    is_wanted: bool = False
    is_paused: bool = False
    is_over: bool = False
    is_cut_short: bool = False
    before: Before | None = None
    changes: "Changes | None" = None
    reports: "Sequence[HostReport]" = ()
    totals: "Totals | None" = None
    typed_in: Widget | None = None

    @property
    def is_opening(self) -> bool:
        """Whether it is still being read from its file."""
        return self.is_past and not self.is_over

    @property
    def can_go_on(self) -> bool:
        """Whether there is anything left to ask of it, now or as soon as it is open."""
        return self.is_cut_short and (self.is_opening or (self.is_over and bool(self.reports)))

    @property
    def results(self) -> list[PortResult]:
        """All results, once it is over."""
        return [result for report in self.reports for result in report.results]


class Watch:
    """What the scan tells, made into pictures in its own thread."""

    def __init__(self, canvas: Canvas, send: Callable[[Picture], None]) -> None:
        self.canvas = canvas
        self.reports: list[HostReport] = []
        self._send = send

    def on_batch(self, batch: Batch) -> None:
        """Take the results in, and send a picture where one is due."""
        self.canvas.add(batch.results, batch.progress)
        if picture := self.canvas.picture_if_due():
            self._send(picture)

    def on_heard(self, heard: "Heard") -> None:
        """Take the first words in."""
        if heard.said:
            self.canvas.hear(heard.result, heard.said.in_short)

    def on_host(self, report: "HostReport") -> None:
        """Keep the host's report for comparing and exporting."""
        self.reports.append(report)
