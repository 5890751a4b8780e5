"""The half of the scan pane that remembers: what is kept of each scan, and how it comes back."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from portview.errors import BadInput
from portview.knowledge.page import Page
from portview.scan.records import Progress
from portview.text import clean
from portview.tui.canvas import Canvas, Found
from portview.tui.log import LOG
from portview.tui.panes.pane import Find, Pane
from portview.tui.panes.scan_run import Before, Run
from portview.tui.past_screen import PastScreen, in_words, newest, when
from portview.tui.services import Services

if TYPE_CHECKING:
    from portview.scan.past import PastScan

MOST_REMEMBERED = 1 << 15
"""Ports of scans of this session that later ones are compared with; those of the last scan always are."""


class ScanMemory(Pane[Found]):
    """Keeps scans on the shelf, lists them, opens them again, and knows what to compare with."""

    @dataclass
    class Recalled(Message):
        """The shelf has been read, the newest scan first."""

        past: "Sequence[PastScan]"
        complaint: str | None = None

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._past: Sequence[PastScan] = ()
        self._remembered: dict[str, Before] = {}

    def reopen(self, past: "PastScan") -> None:
        """Show a past scan in place of the present one."""
        raise NotImplementedError

    @work(thread=True, exit_on_error=False, group="past")
    def read_past(self) -> None:
        """Read the past scans."""
        self.post_message(self.Recalled(self.services.scans.records()))

    def on_scan_memory_recalled(self, message: Recalled) -> None:
        """Know them; while nothing else is shown, say which there are."""
        self._past = message.past
        self._explain()
        if message.complaint:
            self.app.notify(clean(message.complaint), severity="warning", timeout=8, markup=False)

    def _explain(self) -> None:
        """Keep the explanation about what is selected."""
        raise NotImplementedError

    def with_past(self, page: Page) -> Page:
        """The page of a pane where nothing was scanned yet, with the newest of the past."""
        return Page(page.title, (*page.sections, *newest(self._past, self.services.now())))

    # --- in the scan's own thread ---------------------------------------------------------------

    def conclude(self, run: Run) -> None:
        """Compare a scan that is over with the last one of the same hosts, of this session or before.

        One that was gone on with has its own part for the last one, and is compared with what that was.
        """
        assert run.plan is not None
        assert run.totals is not None
        kind = self.services.kind(run.plan)
        if not run.earlier:
            run.before = self._remembered.get(kind) or self._last(kind)
        self._compare(run)
        if run.totals.done:
            self._remember(kind, Before(when(run.totals, self.services.now()), run.results))

    def _compare(self, run: Run) -> None:
        run.changes = self.services.compare(run.before.results, run.results) if run.before else None

    def keep(self, run: Run) -> None:
        """Keep a scan for the next start, in the place of its part that was kept before."""
        from portview.scan.past import FinishedScan
        from portview.scan.plan import Manner

        if run.plan is None or run.totals is None or not run.totals.done:
            return
        scan = FinishedScan(run.asked, run.plan, Manner(talk=run.talk), run.totals, run.reports)
        complaint = None
        try:
            part, run.file = run.file, self.services.scans.keep(scan)
            if part and run.file:
                self.services.scans.drop(part)
        except (BadInput, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            complaint = f"This scan is not kept for the next start: {why}"
            LOG.warning("%s", complaint)
        self.post_message(self.Recalled(self.services.scans.records(), complaint))

    def _remember(self, kind: str, before: Before) -> None:
        self._remembered.pop(kind, None)
        self._remembered[kind] = before
        ports = sum(len(one.results) for one in self._remembered.values())
        for other in [*self._remembered][:-1]:
            if ports > MOST_REMEMBERED:
                ports -= len(self._remembered.pop(other).results)

    def _last(self, kind: str, file: Path | None = None) -> Before | None:
        """The newest scan of the same kind on the shelf, or the newest before the one in `file`."""
        for past in self.services.scans.records():
            if past.ended.kind == kind and (file is None or past.path.name < file.name):
                try:
                    reports = self.services.whole_scan(past).reports
                except BadInput as error:
                    LOG.warning("a past scan cannot be compared with: %s", error)
                    continue
                results = [result for report in reports for result in report.results]
                return Before(when(past.ended.totals, self.services.now()), results)
        return None

    def read_again(self, past: "PastScan", run: Run) -> None:
        """Make a past scan a run that is over; raises BadInput when its file is damaged."""
        scan = self.services.whole_scan(past)
        totals = scan.totals
        counts = Counter(result.state for report in scan.reports for result in report.results)
        canvas = Canvas(scan.plan, self.services.ranges)
        canvas.add_reports(scan.reports)
        canvas.add((), Progress(totals.requested, totals.done, 0, totals.elapsed_s, 0.0, 0.0, counts, 0))
        run.plan, run.talk, run.reports, run.totals = scan.plan, scan.manner.talk, scan.reports, totals
        run.picture, run.is_cut_short = canvas.picture(), not totals.is_complete
        run.before = self._last(past.ended.kind, past.path)
        self._compare(run)

    # --- keys -----------------------------------------------------------------------------------

    def action_past(self) -> None:
        """List the past scans; the one that is chosen is opened."""
        self.recall()
        self.app.push_screen(PastScreen(self._past, self.services.now()), self._reopen_chosen)

    def _reopen_chosen(self, past: "PastScan | None") -> None:
        if past:
            self.reopen(past)

    def finds(self) -> Iterator[Find]:
        """The rows, and the past scans."""
        yield from super().finds()
        for past in self._past:
            yield Find(in_words(past, self.services.now()), past.path)

    def restore(self, bookmark: Hashable) -> None:
        """Go back to a row, or open a past scan that was found."""
        past = next((one for one in self._past if one.path == bookmark), None)
        if past:
            self.reopen(past)
        else:
            super().restore(bookmark)
