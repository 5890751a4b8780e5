"""Pane 3: which ports of a host are open, closed or filtered."""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from portview.errors import BadInput
from portview.knowledge.load import phrases
from portview.knowledge.page import Line, Page, Section
from portview.knowledge.services import service_name
from portview.scan.records import Batch, HostVerdict, PortResult, Progress, ScanHost, ScanReport
from portview.tui import looks
from portview.tui.keys import SCAN, bindings
from portview.tui.panes.pane import Pane
from portview.tui.ranged import share, speak_for
from portview.tui.services import Services
from portview.tui.units import clock, count
from portview.tui.widgets.columns import Column
from portview.tui.widgets.field import Field, ProtocolChoice
from portview.tui.widgets.form import Form
from portview.tui.widgets.rows import Cell, Rows
from portview.vocabulary import Protocol, State

if TYPE_CHECKING:
    from portview.scan.ranges import PortRange

DEFAULT_TARGET = "127.0.0.1"
DEFAULT_PORTS = "top 1000"
EVERY_S = 0.5
"""Seconds from one picture of a running scan to the next."""
BAR = 16
"""Cells of the progress bar."""

_COLUMNS = (
    Column("PORT", 11),
    Column("STATE", 8, 13),
    Column("REASON", 12, 16),
    Column("SERVICE", 10, 16),
    Column("HOST", 10, 39, rank=1),
)
_HINT = "Ports: 22,80,1-1000, 60000-, - for all, https, top 1000. Scan what is yours."
_START = Page(
    "Scan a host",
    (Section("", (Line("Type one target or several above and press Enter: names, addresses, networks."),)),),
)


@dataclass(frozen=True, slots=True)
class Found:
    """One row: ports in a row with the same end; `result` is the first of them."""

    host: ScanHost
    ports: "PortRange"
    result: PortResult


class ScanPane(Pane[Found]):
    """A form, the progress, and what was found, open ports first."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(SCAN)

    @dataclass
    class Progressed(Message):
        """Some ports are done."""

        batch: Batch
        cancel: threading.Event

    @dataclass
    class Arranged(Message):
        """The results so far have become rows."""

        found: Sequence[Found]
        cancel: threading.Event

    @dataclass
    class Ended(Message):
        """The scan is over: complete, cut short, or never begun for what was typed."""

        cancel: threading.Event
        report: ScanReport | None = None
        complaint: str | None = None

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._cancel = threading.Event()
        self._busy = False
        self._cut_short = False
        self._progress: Progress | None = None
        self._results: list[PortResult] = []
        self._hosts: dict[str, ScanHost] = {}
        self._arranged = 0
        self._arranging = False
        self._ticker: Timer | None = None

    def form(self) -> Iterable[Widget]:
        """Targets, ports and protocol."""
        yield Form(
            (
                ("Target", Field(DEFAULT_TARGET, placeholder="nas.lan, 192.0.2.0/28", id="targets")),
                ("Ports", Field(DEFAULT_PORTS, placeholder="1-1024", id="ports")),
                ("", ProtocolChoice()),
            ),
            _HINT,
        )

    def make_rows(self) -> Rows[Found]:
        """What was found."""
        return Rows(_COLUMNS, key=_key, cells=_cells, empty="no scan yet")

    def on_mount(self) -> None:
        """Say what can be done here."""
        self.rows.entitle("Findings")
        self.panel.show(_START)

    def focus_first(self) -> None:
        """Without a finding there is only the form to go to."""
        if self.rows.items or self._busy:
            self.go_to(self.rows)
        else:
            self.action_type()

    # --- scanning -------------------------------------------------------------------------------

    @on(Input.Submitted)
    def action_refresh(self) -> None:
        """Start the scan that the form describes."""
        self._cancel.set()
        self._cancel = threading.Event()
        self._busy = True
        self._cut_short = False
        self._progress = None
        self._results = []
        self._hosts = {}
        self._arranged = 0
        self.rows.show(())
        self.rows.say_when_empty("scanning ...")
        self.go_to(self.rows)
        self.query_one(Form).say("starting ...")
        if self._ticker is None:
            self._ticker = self.set_interval(EVERY_S, self._tick)
        self._scan(
            self.query_one("#targets", Field).value,
            self.query_one("#ports", Field).value,
            self.query_one(ProtocolChoice).protocol,
            self._cancel,
        )

    @work(thread=True, exit_on_error=False, group="scan")
    def _scan(self, targets: str, ports: str, protocol: Protocol, cancel: threading.Event) -> None:
        def on_batch(batch: Batch) -> None:
            self.post_message(self.Progressed(batch, cancel))

        try:
            report = self.services.scan(targets, ports, protocol, on_batch=on_batch, cancel=cancel)
        except BadInput as error:
            self.post_message(self.Ended(cancel, complaint=str(error)))
        else:
            self.post_message(self.Ended(cancel, report))

    @work(thread=True, exit_on_error=False, group="arrange")
    def _arrange(self, results: Sequence[PortResult], cancel: threading.Event) -> None:
        self.post_message(self.Arranged(self._found(results), cancel))

    def _found(self, results: Sequence[PortResult]) -> list[Found]:
        by_host: dict[str, dict[int, PortResult]] = {}
        for result in results:
            by_host.setdefault(result.address, {})[result.port] = result
        found = [
            Found(self._hosts.get(address) or ScanHost(address), ports, by_port[ports.first])
            for address, by_port in by_host.items()
            for ports in self.services.ranges(list(by_port.values()))
        ]
        return sorted(found, key=lambda row: row.ports.state is not State.OPEN)

    @property
    def busy(self) -> bool:
        """Whether a scan goes on."""
        return self._busy

    def cancel(self) -> None:
        """Cancel the running scan; what was found stays."""
        self._cancel.set()

    def failed(self, error: BaseException) -> None:
        """A scan that failed is over."""
        self._arranging = False
        self._stop()
        self.query_one(Form).complain("the scan failed; what was found until then is below")
        super().failed(error)

    def on_scan_pane_progressed(self, message: Progressed) -> None:
        """Keep what came in; the next tick shows it."""
        if message.cancel is self._cancel:
            self._results.extend(message.batch.results)
            self._progress = message.batch.progress

    def on_scan_pane_arranged(self, message: Arranged) -> None:
        """Show the rows."""
        self._arranging = False
        if message.cancel is self._cancel:
            self.rows.show(message.found)
            self._explain()  # the same row says something else once the scan is over
        if not self._busy:
            self._tick()

    def on_scan_pane_ended(self, message: Ended) -> None:
        """Say how it ended; the report is the whole truth."""
        if message.cancel is not self._cancel:
            return
        self._stop()
        if message.report is None:
            self.query_one(Form).complain(message.complaint or "")
            self.rows.say_when_empty("no scan yet")
            self.action_type()
            return
        self._cut_short = message.report.cancelled or message.report.gave_up is not None
        self._results = list(message.report.results)
        self._hosts = {host.address: host for host in message.report.hosts}
        self._arranged = -1
        self._tick()
        self.query_one(Form).say(summary(message.report))
        self.rows.say_when_empty("nothing was found")

    def _stop(self) -> None:
        self._busy = False
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        self.refresh_bindings()

    def _tick(self) -> None:
        if self._busy and self._progress is not None:
            self.query_one(Form).say(_progress_line(self._progress))
        if len(self._results) != self._arranged and not self._arranging:
            self._arranging = True
            self._arranged = len(self._results)
            self._arrange(tuple(self._results), self._cancel)
        self._retitle()

    # --- what is shown --------------------------------------------------------------------------

    def _retitle(self) -> None:
        counts = self._progress.counts if self._progress else {}
        parts = [f"{state} {counts[state]:,}" for state in State if counts.get(state)]
        self.rows.entitle("   ".join(parts) or "Findings")

    @on(Rows.Selected)
    def _explain(self) -> None:
        """Keep the panel about the selected row."""
        self.refresh_bindings()
        found = self.rows.selected
        if found is None:
            self.panel.show(_START)
            return
        # One result a row is enough: what differs between ports stands in rows of its own.
        others = [row.result for row in self.rows.items]
        page = self.services.explain_result(found.result, found.host, others)
        self.panel.show(speak_for(page, found.ports, running=self._busy, cut_short=self._cut_short))

    # --- keys -----------------------------------------------------------------------------------

    def action_probe(self) -> None:
        """Knock at the selected port, with the whole diagnosis."""
        if found := self.rows.selected:
            host = found.host.name or found.host.address
            self.post_message(self.ProbeWanted(host, found.result.port, found.result.protocol))


def _key(found: Found) -> tuple[object, ...]:
    return found.host.address, found.result.protocol, found.result.port


def _progress_line(progress: Progress) -> str:
    share = progress.done / max(progress.total, 1)
    full = round(share * BAR)
    parts = [
        f"{'█' * full}{'░' * (BAR - full)} {share:.0%}",
        f"{progress.done:,} of {progress.total:,}",
        f"{progress.rate_per_s:,.0f}/s",
        f"{clock(progress.elapsed_s)} gone",
    ]
    if progress.eta_s is not None:
        parts.append(f"{clock(progress.eta_s)} to go")
    return "   ".join(parts)


def summary(report: ScanReport) -> str:
    """How a scan ended, in one line, with what it says of its hosts where that matters."""
    done = len(report.results)
    if report.gave_up is not None:
        asked = count(report.requested, "port")
        return f"Ended early ({report.gave_up}): {done:,} of {asked} in {report.elapsed_s:.1f} s"
    if report.cancelled:
        return f"Cancelled: {done:,} of {count(report.requested, 'port')} in {report.elapsed_s:.1f} s"
    return f"{count(done, 'port')} in {report.elapsed_s:.1f} s{_hosts(report)}"


def _hosts(report: ScanReport) -> str:
    """What is known of one host that did not answer, or how many hosts are up, off ..."""
    if len(report.hosts) > 1:
        numbers = Counter(verdict.value for verdict in report.verdicts.values())
        return "".join(f", {number} {verdict.replace('_', ' ')}" for verdict, number in numbers.most_common())
    verdict = next(iter(report.verdicts.values()), HostVerdict.UP)
    return "" if verdict is HostVerdict.UP else f": {phrases('scan')['verdict'][verdict]}"


def _cells(found: Found) -> tuple[Cell, ...]:
    ports = found.ports
    one = ports.first == ports.last
    state = looks.STATE_LOOKS[ports.state]
    name = service_name(ports.first, found.result.protocol) if one else None
    return (
        Cell(f"{ports.first}/{found.result.protocol}" if one else f"{ports.first}-{ports.last}"),
        Cell(ports.state, state),
        Cell(ports.reason, looks.MUTED),
        Cell(name or "-" if one else share(ports), looks.PLAIN if name else looks.MUTED),
        Cell(found.host.name or found.host.address, looks.MUTED),
    )
