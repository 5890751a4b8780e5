"""A whole scan as it was asked for: portion by portion, transport by transport, with the first words."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from portview.scan.plan import Plan
from portview.scan.rate import Router
from portview.scan.records import Batch, HostVerdict, PortResult, Progress, ScanHost, ScanReport
from portview.scan.reports import HostReport, Totals
from portview.scan.said import Heard, Said
from portview.scan.scanner import Scan
from portview.vocabulary import Protocol as Transport
from portview.vocabulary import State

if TYPE_CHECKING:
    from portview.scan.talk import Talker

_LISTEN_EVERY_S = 0.1


class Listener(Protocol):
    """Who hears of a scan while it runs; called in the thread that runs it."""

    def on_batch(self, batch: Batch) -> None:
        """Some ports are done; `progress` is about the whole scan."""

    def on_heard(self, heard: Heard) -> None:
        """An open port has spoken, or will not: once for each open port where words are asked for."""

    def on_host(self, report: HostReport) -> None:
        """Nothing more will come of this host."""


class Session:
    """One run of a plan. `pause`, `go_on` and `skip` may be called from other threads."""

    def __init__(
        self,
        plan: Plan,
        *,
        rate: float | None = None,
        talk: bool = False,
        confirm_all: bool = False,
        earlier: Iterable[Heard] = (),
        started: str | None = None,
        elapsed_s: float = 0.0,
    ) -> None:
        """Prepare it. `rate` is knocks a second at most.

        `earlier` are results of the same plan that need not be asked for again; they appear in the
        reports of their hosts alone. `started` is when the first part of such a scan was begun (ISO 8601
        with a zone), and `elapsed_s` how long its parts took.
        """
        self.plan = plan
        self.started = started or _now()
        self._earlier_s = elapsed_s
        self._rate = rate
        self._talk = talk
        self._confirm_all = confirm_all
        self._router = Router()
        self._earlier: dict[tuple[str, Transport], list[PortResult]] = defaultdict(list)
        self._said: dict[str, dict[tuple[Transport, int], Said]] = defaultdict(dict)
        for result, said in earlier:
            self._earlier[result.address, result.protocol].append(result)
            if said:
                self._said[result.address][result.protocol, result.port] = said
        self._lock = threading.Lock()
        self._scan: Scan | None = None
        self._paused = False
        self._skipped: set[str] = set()
        self._start_s = 0.0
        # Ports of the present scan that need not be asked.
        self._taken = 0
        # What the scans before the present one have come to, and what all have.
        self._before = self._now = Progress(0, 0, 0, 0.0, 0.0, None, {}, 0)

    def pause(self) -> None:
        """Send nothing more for now; what is on its way is still heard."""
        with self._lock:
            self._paused = True
            if self._scan:
                self._scan.pause()

    def go_on(self) -> None:
        """Send again."""
        with self._lock:
            self._paused = False
            if self._scan:
                self._scan.go_on()

    def skip(self, address: str) -> None:
        """Leave a host; what it has answered stays."""
        with self._lock:
            self._skipped.add(address)
            if self._scan and any(host.address == address for host in self._scan.hosts):
                self._scan.skip(address)

    def run(self, listener: Listener, cancel: threading.Event) -> Totals:
        """Scan in this thread until all is done or `cancel` is set; every host is reported once."""
        self._start_s = time.monotonic() - self._earlier_s
        gave_up: str | None = None
        cut_short = False
        talker = _talker(cancel) if self._talk else None
        try:
            for hosts in self.plan.portions():
                reports: list[ScanReport] = []
                if not (cut_short or gave_up):
                    reports += (
                        self._scan_portion(hosts, transport, listener, talker, cancel)
                        for transport in self.plan.ports
                    )
                    self._hear_out(talker, listener)
                    cut_short = any(report.cancelled for report in reports) or bool(talker and talker.was_cut)
                    gave_up = next((report.gave_up for report in reports if report.gave_up), None)
                for report in self._host_reports(hosts, reports):
                    listener.on_host(report)
        finally:
            if talker:
                talker.close()
        elapsed_s = time.monotonic() - self._start_s
        return Totals(
            self.started, elapsed_s, self.plan.knocks, self._before.done, cut_short, gave_up, ended=_now()
        )

    def _scan_portion(
        self,
        hosts: tuple[ScanHost, ...],
        transport: Transport,
        listener: Listener,
        talker: "Talker | None",
        cancel: threading.Event,
    ) -> ScanReport:
        def on_batch(batch: Batch) -> None:
            self._now = self._overall(batch.progress)
            listener.on_batch(replace(batch, progress=self._now))
            if talker:
                for result in batch.results:
                    if result.state is State.OPEN:
                        talker.ask(result, self.plan.by_address[result.address])
                self._listen(talker, listener)

        earlier = self._take_earlier(hosts, transport)
        self._taken = len(earlier)
        scan = Scan(
            hosts,
            self.plan.ports[transport],
            protocol=transport,
            rate=self._rate,
            earlier=earlier,
            confirm_all=self._confirm_all,
            router=self._router,
        )
        with self._lock:
            self._scan = scan
            if self._paused:
                scan.pause()
            for host in hosts:
                if host.address in self._skipped:
                    scan.skip(host.address)
        report = scan.run(on_batch, cancel)
        asked = self._before.total + len(hosts) * len(self.plan.ports[transport])
        self._before = replace(self._now, total=asked)
        return report

    def _listen(self, talker: "Talker", listener: Listener) -> None:
        for heard in talker.collect():
            if heard.said:
                port = heard.result.protocol, heard.result.port
                self._said[heard.result.address][port] = heard.said
            listener.on_heard(heard)

    def _hear_out(self, talker: "Talker | None", listener: Listener) -> None:
        """Wait for the last words; each takes a few seconds at most, and none after a cancel."""
        while talker and talker.is_busy:
            self._listen(talker, listener)
            time.sleep(_LISTEN_EVERY_S)

    def _take_earlier(self, hosts: Sequence[ScanHost], transport: Transport) -> list[PortResult]:
        return [one for host in hosts for one in self._earlier.pop((host.address, transport), ())]

    def _overall(self, now: Progress) -> Progress:
        """The progress of the whole plan from that of the present scan."""
        before = self._before
        later = self.plan.knocks - before.total - now.total
        eta_s = now.eta_s
        if eta_s is not None and later:
            # The scans to come take as long for each port as the present one.
            fresh = later - sum(map(len, self._earlier.values()))
            eta_s += (now.elapsed_s + eta_s) * fresh / max(1, now.total - self._taken)
        return replace(
            now,
            total=self.plan.knocks,
            done=before.done + now.done,
            sent=before.sent + now.sent,
            to_send=now.to_send + later,
            elapsed_s=time.monotonic() - self._start_s,
            eta_s=eta_s,
            counts=dict(Counter(before.counts) + Counter(now.counts)),
        )

    def _host_reports(self, hosts: Sequence[ScanHost], reports: Sequence[ScanReport]) -> Iterator[HostReport]:
        results: dict[str, list[PortResult]] = {host.address: [] for host in hosts}
        for report in reports:
            for one in sorted(report.results, key=lambda result: result.port):
                results[one.address].append(one)
        for transport in self.plan.ports:  # of a portion that was not come to
            for one in self._take_earlier(hosts, transport):
                results[one.address].append(one)
        for host in hosts:
            address = host.address
            yield HostReport(
                host,
                tuple(results.pop(address)),
                self.plan.ports_each,
                _verdict([report.verdicts.get(address) for report in reports]),
                next((report.facts[address] for report in reports if address in report.facts), None),
                self._said.pop(address, {}),
                any(address in report.skipped for report in reports),
            )


def _now() -> str:
    return datetime.now(UTC).astimezone().isoformat(timespec="milliseconds")


def _talker(cancel: threading.Event) -> "Talker":
    from portview.scan.talk import Talker  # with what speaks every protocol; most scans only knock

    return Talker(cancel)


def _verdict(verdicts: Sequence[HostVerdict | None]) -> HostVerdict | None:
    """One verdict of those that the transports led to: who answers to one is up."""
    known = [verdict for verdict in verdicts if verdict]
    return HostVerdict.UP if HostVerdict.UP in known else next(iter(known), None)
