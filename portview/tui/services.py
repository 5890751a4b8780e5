"""What the panes need from the rooms below, in one record, so that tests can give them their own.

The real functions import their rooms when they are first called: the first picture on the screen
waits for none of them. All but the pure ones block and are called from worker threads.
"""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from portview.errors import BadInput
from portview.text import clean
from portview.tui import readings
from portview.tui.settings import Settings
from portview.tui.shelf import Shelf
from portview.tui.shelves import knocks_in, scans_in
from portview.tui.views import Views
from portview.vocabulary import Protocol as Transport

if TYPE_CHECKING:
    from portview.diagnose.live_examples import ThisMachine
    from portview.diagnose.saved import SavedKnock
    from portview.diagnose.survey import Survey
    from portview.knowledge.entries import Entry
    from portview.knowledge.page import Page
    from portview.probe.records import Observation, Target
    from portview.scan.compare import Changes
    from portview.scan.past import FinishedScan, PastScan
    from portview.scan.plan import Plan
    from portview.scan.ranges import PortRange
    from portview.scan.records import PortResult, ScanHost
    from portview.scan.reports import HostReport, Totals
    from portview.scan.session import Listener
    from portview.sockets.records import LocalSocket, Snapshot
    from portview.sockets.stop import Done
    from portview.sockets.stop_plan import Step, StopPlan
    from portview.tui.transcript import Evidence

# What a port takes in memory while a scan is on the screen.
_BYTES_SHOWN = 300


class Explained(NamedTuple):
    """A report, and the id of the handbook's page that says more about such an ending."""

    page: "Page"
    entry: str


class Knocked(NamedTuple):
    """What was seen and its report; `listeners` of this machine where it is the target."""

    observation: "Observation"
    explained: Explained
    listeners: "tuple[LocalSocket, ...] | None" = None


class Knock(Protocol):
    """One knock and its report; blocks. Raises CancelledError soon after `cancel` is set."""

    def __call__(
        self,
        target: "Target",
        *,
        timeout_s: float,
        cancel: threading.Event,
        on_event: "Callable[[Evidence], None]",
    ) -> Knocked:
        """Knock, telling `on_event` what is seen as it is seen."""
        ...


class Running(Protocol):
    """A scan of its own; `run` blocks, the others may be called meanwhile."""

    def run(self, listener: "Listener", cancel: threading.Event) -> "Totals":
        """Scan until all is done or `cancel` is set."""
        ...

    def pause(self) -> None:
        """Send nothing more for now."""
        ...

    def go_on(self) -> None:
        """Send again."""
        ...

    def skip(self, address: str) -> None:
        """Leave a host."""
        ...


def _survey(snapshot: "Snapshot") -> "Survey":
    from portview.diagnose.survey import Survey

    return Survey(snapshot)


def _explain_socket(one: "LocalSocket", survey: "Survey") -> "Page":
    from portview.diagnose.listener import explain_socket

    return explain_socket(one, survey)


def _matches(one: "LocalSocket", text: str, survey: "Survey") -> bool:
    from portview.sockets.filter import matches

    return matches(one, text, survey.about(one))


def _plan_stop(one: "LocalSocket", survey: "Survey") -> "StopPlan":
    from portview.diagnose.stopping import plan_for

    return plan_for(one, survey)


def _stop(step: "Step", cancel: threading.Event) -> "Done":
    from portview.sockets.stop import do

    return do(step, cancel)


def _socket_report(one: "LocalSocket", survey: "Survey", taken: datetime) -> str:
    from portview.diagnose.socket_report import socket_report

    return socket_report(one, survey, taken)


def _target(host: str, port: str, protocol: Transport) -> "Target":
    from portview.probe.target import parse_target

    return parse_target(host, port, protocol)


def _knock(
    target: "Target", *, timeout_s: float, cancel: threading.Event, on_event: "Callable[[Evidence], None]"
) -> Knocked:
    from portview.diagnose.inquiry import inquire
    from portview.diagnose.report import report

    answer = inquire(target, timeout_s=timeout_s, cancel=cancel, on_event=on_event, on_seen=on_event)
    explained = Explained(report(answer.observation, answer.diagnosis), answer.diagnosis.pattern)
    return Knocked(answer.observation, explained, answer.listeners)


def _glance(target: "Target", timeout_s: float, cancel: threading.Event) -> "Observation":
    from portview.probe.knock import observe

    return observe(target, timeout_s=timeout_s, quick=True, cancel=cancel)


def _replay(saved: "SavedKnock") -> Explained:
    from portview.diagnose.engine import diagnose
    from portview.diagnose.report import report

    diagnosis = diagnose(saved.observation, saved.listeners)
    return Explained(report(saved.observation, diagnosis), diagnosis.pattern)


def _whole_scan(past: "PastScan") -> "FinishedScan":
    from portview.scan.past import read

    return read(past.path)


def _hosts(past: Sequence[str]) -> tuple[str, ...]:
    from portview.tui.suggestions import hosts_known

    return hosts_known(past)


def _kind(plan: "Plan") -> str:
    from portview.scan.past import kind_of

    return kind_of(plan)


class _Planner:
    """Makes plans of what is typed; asks first when one has very many knocks."""

    def __init__(self) -> None:
        self._asked: object = None

    def __call__(self, targets: str, ports: str, protocol: Transport, cancel: threading.Event) -> "Plan":
        """The plan; raises BadInput for one that is typed wrong, and once for a large one."""
        from portview.scan.plan import ASK_FROM
        from portview.scan.typed import plan_of

        plan = plan_of(targets, ports, protocol, cancel)
        typed = (targets, ports, protocol)
        if plan.knocks > ASK_FROM and typed != self._asked:
            self._asked = typed
            size = f"about {plan.knocks * _BYTES_SHOWN / 1e9:.1f} GB of memory"
            raise BadInput(f"Enter again begins: {plan.in_words()}, {size}")
        self._asked = None
        return plan


def _session(plan: "Plan", talk: bool) -> Running:
    from portview.scan.session import Session

    return Session(plan, talk=talk)


def _resume(plan: "Plan", talk: bool, reports: "Sequence[HostReport]", totals: "Totals") -> Running:
    from portview.scan.said import Heard
    from portview.scan.session import Session

    heard = (Heard(one, report.words_of(one)) for report in reports for one in report.results)
    return Session(plan, talk=talk, earlier=heard, started=totals.started, elapsed_s=totals.elapsed_s)


def _compare(before: "Sequence[PortResult]", now: "Sequence[PortResult]") -> "Changes":
    from portview.scan.compare import compare

    return compare(before, now)


def _export(name: str, plan: "Plan", reports: "Sequence[HostReport]", totals: "Totals") -> None:
    from portview.scan.formats.whole import export

    export(name, plan, reports, totals)


def _ranges(results: "Sequence[PortResult]") -> "Sequence[PortRange]":
    from portview.scan.ranges import findings

    return findings(results)


def _explain_result(result: "PortResult", host: "ScanHost", others: "Sequence[PortResult]") -> Explained:
    from portview.diagnose.report import scan_report
    from portview.diagnose.scanned import diagnose_result, own_listeners

    diagnosis = diagnose_result(result, host, others, listeners=own_listeners(result))
    return Explained(scan_report(result, host, diagnosis), diagnosis.pattern)


def _search(query: str) -> "Sequence[Entry]":
    from portview.knowledge.reference import search

    return search(query)


def _fits(query: str, first: "Entry") -> bool:
    from portview.knowledge.reference import fits

    return fits(query, first)


def _suggest(query: str) -> Sequence[str]:
    from portview.knowledge.reference import suggest

    return suggest(query)


def _entry(query: str) -> "Entry | None":
    from portview.knowledge.reference import exact

    return exact(query)


def _neighbours(entry: "Entry") -> "Sequence[Entry]":
    from portview.knowledge.reference import neighbours

    return neighbours(entry)


def _entry_page(entry: "Entry", machine: "ThisMachine | None", host: str | None) -> "Page":
    from portview.diagnose.live_examples import with_example
    from portview.knowledge.reference import entry_page

    page = entry_page(entry, host)
    return with_example(page, entry, machine) if machine else page


def _machine() -> "ThisMachine":
    from portview.diagnose.live_examples import ThisMachine
    from portview.sockets.port_limits import port_limits
    from portview.sockets.source import best_source

    # A source of its own: one thread at a time may use one.
    return ThisMachine(best_source().snapshot(everything=True), port_limits())


def _whoami() -> tuple[str, str]:
    from portview.sockets.users import own_name

    return clean(socket.gethostname()), own_name()


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the panes call; `whoami` gives the names of the machine and the effective user.

    `fits` tells whether the first of what a search found is what was meant, or only shares a word with it;
    `glance` makes a quick knock, `replay` explains a past one, `hosts` gives names to complete by, after
    those that it is given. `resume` goes on with a scan, `whole_scan` reads a past one, `kind` tells which
    can be compared. `knocks` and `scans` are the past ones, `views` what was chosen in the panes.
    """

    snapshot: "Callable[[bool], Snapshot]" = readings.snapshot
    survey: "Callable[[Snapshot], Survey]" = _survey
    explain_socket: "Callable[[LocalSocket, Survey], Page]" = _explain_socket
    matches: "Callable[[LocalSocket, str, Survey], bool]" = _matches
    plan_stop: "Callable[[LocalSocket, Survey], StopPlan]" = _plan_stop
    stop: "Callable[[Step, threading.Event], Done]" = _stop
    socket_report: "Callable[[LocalSocket, Survey, datetime], str]" = _socket_report
    target: "Callable[[str, str, Transport], Target]" = _target
    knock: Knock = _knock
    plan: "Callable[[str, str, Transport, threading.Event], Plan]" = field(default_factory=_Planner)
    session: "Callable[[Plan, bool], Running]" = _session
    resume: "Callable[[Plan, bool, Sequence[HostReport], Totals], Running]" = _resume
    whole_scan: "Callable[[PastScan], FinishedScan]" = _whole_scan
    kind: "Callable[[Plan], str]" = _kind
    compare: "Callable[[Sequence[PortResult], Sequence[PortResult]], Changes]" = _compare
    export: "Callable[[str, Plan, Sequence[HostReport], Totals], None]" = _export
    glance: "Callable[[Target, float, threading.Event], Observation]" = _glance
    replay: "Callable[[SavedKnock], Explained]" = _replay
    hosts: Callable[[Sequence[str]], tuple[str, ...]] = _hosts
    ranges: "Callable[[Sequence[PortResult]], Sequence[PortRange]]" = _ranges
    explain_result: "Callable[[PortResult, ScanHost, Sequence[PortResult]], Explained]" = _explain_result
    now: Callable[[], datetime] = datetime.now
    clock: Callable[[], float] = time.monotonic
    whoami: Callable[[], tuple[str, str]] = _whoami
    search: "Callable[[str], Sequence[Entry]]" = _search
    fits: "Callable[[str, Entry], bool]" = _fits
    suggest: Callable[[str], Sequence[str]] = _suggest
    entry: "Callable[[str], Entry | None]" = _entry
    entry_page: "Callable[[Entry, ThisMachine | None, str | None], Page]" = _entry_page
    neighbours: "Callable[[Entry], Sequence[Entry]]" = _neighbours
    machine: "Callable[[], ThisMachine]" = _machine
    settings: Settings = field(default_factory=Settings)
    views: Views = field(default_factory=Views)
    knocks: "Shelf[SavedKnock, SavedKnock]" = field(default_factory=lambda: knocks_in(None))
    scans: "Shelf[FinishedScan, PastScan]" = field(default_factory=lambda: scans_in(None))
