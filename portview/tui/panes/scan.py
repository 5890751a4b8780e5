"""Pane 3: which ports of a host are open, closed or filtered."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from portview.errors import BadInput
from portview.knowledge.page import Page
from portview.text import clean
from portview.tui import scan_words
from portview.tui.canvas import Canvas, Found, Picture
from portview.tui.keys import SCAN, bindings
from portview.tui.panes.scan_form import ScanForm
from portview.tui.panes.scan_memory import ScanMemory
from portview.tui.panes.scan_run import Part, Run, Watch
from portview.tui.ranged import speak_for
from portview.tui.screens import FileScreen
from portview.tui.services import Services
from portview.tui.subject import Subject
from portview.tui.widgets.columns import Column
from portview.tui.widgets.field import Field, ProtocolChoice
from portview.tui.widgets.panel import Panel
from portview.tui.widgets.portmap import PortMap
from portview.tui.widgets.rows import Rows
from portview.vocabulary import State

if TYPE_CHECKING:
    from portview.scan.past import PastScan

FILTERS: tuple[tuple[State, ...], ...] = (
    (),
    (State.OPEN,),
    (State.FILTERED, State.OPEN_OR_FILTERED),
    (State.CLOSED,),
)
"""What `f` shows in turn; () is all."""
_OF_A_SCAN = frozenset({"pause", "go_on", "skip", "filter", "export", "compare"})
"""Actions that need one."""
MOST_OTHERS = 200
"""Rows of the same host that an explanation looks at."""
_EMPTY = "no scan yet: type a target"

_COLUMNS = (
    Column("PORT", 11),
    Column("STATE", 8, 13),
    Column("REASON", 12, 16, rank=2),
    Column("SERVICE", 10, 40),
    Column("HOST", 10, 39, rank=1),
)


class ScanPane(ScanMemory):
    """A form, the progress, the map, and what was found, open ports first."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(SCAN)

    @dataclass
    class Began(Message):
        """What was typed is understood: the scan begins."""

        run: Run

    @dataclass
    class Pictured(Message):
        """There is more to see; an older picture that waits is not needed any more."""

        run: Run
        picture: Picture

        def can_replace(self, message: Message) -> bool:
            """The newest picture holds all."""
            return isinstance(message, ScanPane.Pictured)

    @dataclass
    class Ended(Message):
        """The scan is over: complete, cut short, or never begun for what was typed."""

        run: Run
        complaint: str | None = None

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._run: Run | None = None
        self._filter = 0
        self._talk = False
        self._entry: str | None = None

    def compose(self) -> ComposeResult:
        """The form on top; map and list beside the explanation, or above it where it is narrow."""
        yield from self.form()
        with Container(classes="split"):
            with Vertical():
                yield PortMap()
                yield self.make_rows()
            yield Panel("Explanation")

    def form(self) -> Iterable[Widget]:
        """Targets, ports and protocol."""
        yield ScanForm()

    def make_rows(self) -> Rows[Found]:
        """What was found."""
        return Rows(_COLUMNS, key=_key, cells=scan_words.cells_of, on_select=self._explain, empty=_EMPTY)

    def on_mount(self) -> None:
        """Say what can be done here."""
        self.rows.entitle("Findings")
        self.panel.show(scan_words.START)

    def on_resize(self) -> None:
        """Another height has room for another map."""
        self.query_one(PortMap).lay_out()

    def focus_first(self) -> None:
        """Without a finding there is only the form to go to."""
        if self.rows.items or self.busy:
            self.go_to(self.rows)
        else:
            self.action_type()

    # --- scanning -------------------------------------------------------------------------------

    @on(Input.Submitted)
    @on(ProtocolChoice.Submitted)
    def action_refresh(self) -> None:
        """Start the scan that the form describes."""
        focused = self.screen.focused
        typed_in = focused if isinstance(focused, Field | ProtocolChoice) else None
        asked = self.query_one(ScanForm).asked
        self._scan(self._begin(Run(asked, self._talk, typed_in=typed_in)))

    def _begin(self, run: Run, doing: str = "starting ...") -> Run:
        """Show a run in place of the one before, with the rows that it already has."""
        self.cancel()
        self._run = run
        if not run.picture.codes:
            self.query_one(PortMap).show("", b"", ())
        self._show()
        self.rows.say_when_empty(doing)
        self.go_to(self.rows)
        self.query_one(ScanForm).say(doing)
        return run

    def reopen(self, past: "PastScan") -> None:
        """Show a past scan, and what was asked for in the form."""
        asked, totals = past.ended.asked, past.ended.totals
        self.query_one(ScanForm).take(asked)
        run = Run(asked, file=past.path, is_past=True, is_cut_short=not totals.is_complete)
        self._open(past, self._begin(run, "opening ..."))

    @work(thread=True, exit_on_error=False, group="scan")
    def _open(self, past: "PastScan", run: Run) -> None:
        try:
            self.read_again(past, run)
        except BadInput as error:
            self.post_message(self.Ended(run, str(error)))
        else:
            self.post_message(self.Began(run))
            self.post_message(self.Ended(run))

    @work(thread=True, exit_on_error=False, group="scan")
    def _scan(self, run: Run) -> None:
        try:
            asked = run.asked
            run.plan = run.plan or self.services.plan(asked.targets, asked.ports, asked.protocol, run.cancel)
            run.session = (
                self.services.resume(run.plan, run.talk, *run.earlier)
                if run.earlier
                else self.services.session(run.plan, run.talk)
            )
        except BadInput as error:
            self.post_message(self.Ended(run, str(error)))
            return
        self.post_message(self.Began(run))
        watch = Watch(Canvas(run.plan, self.services.ranges), lambda seen: self._send(run, seen))
        if run.earlier:
            watch.canvas.add_reports(run.earlier.reports)
            self._send(run, watch.canvas.picture())
        run.totals = run.session.run(watch, run.cancel)
        run.reports = watch.reports
        run.is_cut_short = not run.totals.is_complete
        self.conclude(run)
        self._send(run, watch.canvas.picture())
        self.post_message(self.Ended(run))
        self.keep(run)

    def _send(self, run: Run, picture: Picture) -> None:
        self.post_message(self.Pictured(run, picture))

    @property
    def busy(self) -> bool:
        """Whether a scan goes on; what is being opened cannot be cancelled."""
        return self._run is not None and not (self._run.is_over or self._run.is_opening)

    def cancel(self) -> None:
        """Cancel the running scan; what was found stays."""
        if self._run:
            self._run.cancel.set()

    def failed(self, error: BaseException) -> None:
        """A scan that failed is over."""
        if self._run:
            self._run.is_over = True
        self.query_one(ScanForm).complain("the scan failed; what was found until then is below")
        self.refresh_bindings()
        super().failed(error)

    def on_scan_pane_began(self, message: Began) -> None:
        """Now it can be paused; the one host of a scan stands above the map."""
        self.refresh_bindings()
        if message.run is self._run and message.run.plan:
            self.rows.retitle(_COLUMNS if len(message.run.plan.hosts) > 1 else _COLUMNS[:-1])

    def on_scan_pane_pictured(self, message: Pictured) -> None:
        """Show what is known now."""
        if message.run is self._run:
            is_new = message.picture.found is not self._run.picture.found
            self._run.picture = message.picture
            if is_new:
                self._show()
            if self.busy and message.picture.progress:
                line = scan_words.progress_line(message.picture.progress)
                self.query_one(ScanForm).say(line, in_one_line=True)

    def on_scan_pane_ended(self, message: Ended) -> None:
        """Say how it ended."""
        run = message.run
        if run is not self._run:
            return
        run.is_over = True
        self.refresh_bindings()
        if run.plan is None or run.totals is None:
            self.query_one(ScanForm).complain(message.complaint or "")
            self.rows.say_when_empty(_EMPTY)
            self.go_to(run.typed_in or self.query_one("#targets"))
            return
        verdicts = [report.verdict for report in run.reports if report.verdict]
        line = scan_words.summary(run.totals, run.plan, verdicts)
        if run.changes is not None and run.before is not None:
            line += f"; since {run.before.time}: {scan_words.changed_in_short(run.changes)}"
        self.query_one(ScanForm).say(line)
        self._show()
        if run.is_wanted:
            self.action_go_on()

    # --- what is shown --------------------------------------------------------------------------

    def _show(self) -> None:
        """Show the rows of the newest picture, as far as the filter lets them through."""
        run = self._run
        if run is None:
            return
        wanted = FILTERS[self._filter]
        found = run.picture.found
        if wanted:
            ended = "was found" if run.is_over else "so far"
            self.rows.say_when_empty(f"nothing {' or '.join(wanted)} {ended}: f shows the next state")
        else:
            self.rows.say_when_empty("nothing was found" if run.is_over else "scanning ...")
        self.rows.show([row for row in found if row.ports.state in wanted] if wanted else found)
        # Another title draws the whole list again: it comes with other rows, not with other progress.
        counts = run.picture.progress.counts if run.picture.progress else {}
        parts = [f"{counts[state]:,} {state}" for state in State if counts.get(state)]
        only = f" · only {wanted[0]}" if wanted else ""
        self.rows.entitle((", ".join(parts) or "Findings") + only)
        self._explain()  # the same row says something else once the scan is over

    def _explain(self) -> None:
        """Keep panel and map about the selected row."""
        self.refresh_bindings()
        found, run = self.rows.selected, self._run
        if found is None or run is None:
            began = run is not None and run.plan is not None
            self.panel.show(Page("Nothing is selected", ()) if began else self.with_past(scan_words.START))
            return
        place = found.host.address, found.result.protocol
        codes = run.picture.codes.get(place, b"")
        ports = run.plan.ports[found.result.protocol] if run.plan else ()
        self.query_one(PortMap).show(found.host.name or found.host.address, codes, ports)
        # One result a row is enough: what differs between ports stands in rows of its own.
        same = (row.result for row in run.picture.found if row.host is found.host)
        others = [result for _, result in zip(range(MOST_OTHERS), same, strict=False)]
        page, self._entry = self.services.explain_result(found.result, found.host, others)
        page = scan_words.with_words(page, found.said)
        self.panel.show(speak_for(page, found.ports, running=self.busy, cut_short=run.is_cut_short))

    # --- keys -----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what is possible now."""
        run = self._run
        if run is None:
            return action not in _OF_A_SCAN and super().check_action(action, parameters)
        if action in ("pause", "skip", "go_on"):
            runs = self.busy and run.session is not None
            if action == "go_on":
                return run.can_go_on or (runs and run.is_paused)
            return runs and not (action == "pause" and run.is_paused)
        if action == "export":
            return run.is_over and bool(run.reports)
        if action == "compare":
            return run.changes is not None
        return super().check_action(action, parameters)

    def subject(self) -> Subject | None:
        """The first port of the selected row."""
        if (found := self.rows.selected) is None:
            return None
        return Subject(found.result.port, found.result.protocol, found.host.name or found.host.address)

    def entry(self) -> str | None:
        """The page of such a result."""
        return self._entry if self.rows.selected else None

    def open(self, subject: Subject) -> None:
        """Scan the ports of the form at another host."""
        if subject.host is not None:
            self.query_one(ScanForm).aim(subject.host)
            self.action_refresh()

    def action_pause(self) -> None:
        """Stop sending."""
        if self._run and self._run.session:
            self._run.is_paused = True
            self._run.session.pause()
            self.refresh_bindings()

    def action_go_on(self) -> None:
        """Go on, also with what a scan that was cut short has left."""
        run = self._run
        if run and run.is_opening:
            run.is_wanted = True
        elif run and run.totals and run.can_go_on:
            part = Part(run.reports, run.totals)
            more = Run(run.asked, run.talk, part, run.file, plan=run.plan, before=run.before)
            more.picture = run.picture  # who reads a row stays there
            self._scan(self._begin(more))
        elif run and run.session:
            run.is_paused = False
            run.session.go_on()
            self.refresh_bindings()

    def action_skip(self) -> None:
        """Leave the selected row's host."""
        if self._run and self._run.session and (found := self.rows.selected):
            self._run.session.skip(found.host.address)

    def action_filter(self) -> None:
        """Show the ports of the next state alone, or all again."""
        self._filter = (self._filter + 1) % len(FILTERS)
        self._show()

    def action_talk(self) -> None:
        """Ask for the first words in the next scan, or not."""
        self._talk = not self._talk
        told = "hears the first words of open ports" if self._talk else "only knocks"
        self.app.notify(f"The next scan {told}.", timeout=3, markup=False)

    def action_compare(self) -> None:
        """Tell what is different from the scan before."""
        if self._run and self._run.changes is not None and self._run.before:
            self.panel.show(scan_words.changes_page(self._run.changes, self._run.before.time))

    def action_export(self) -> None:
        """Ask for a file's name and write the results."""
        self.app.push_screen(FileScreen("scan.json", ".json .jsonl .csv .xml .gnmap"), self._export)

    def _export(self, name: str | None) -> None:
        run = self._run
        if not name or run is None or run.plan is None or run.totals is None:
            return
        try:
            self.services.export(name, run.plan, run.reports, run.totals)
        except BadInput as error:
            self.app.notify(str(error), severity="warning", timeout=8, markup=False)
        else:
            self.app.notify(f"Written to {clean(str(Path(name).absolute()))}", timeout=6, markup=False)


def _key(found: Found) -> tuple[object, ...]:
    return found.host.address, found.result.protocol, found.result.port
