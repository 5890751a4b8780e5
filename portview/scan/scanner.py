"""The public face of the scanner: hosts and ports in, frozen batches and a report out."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from portview.errors import BadInput
from portview.probe.addresses import is_own
from portview.probe.route import is_on_link
from portview.probe.sockaddr import socket_address
from portview.scan.allowance import Allowance
from portview.scan.engine import Engine
from portview.scan.host import Host, Reach
from portview.scan.limits import socket_budget
from portview.scan.loss import Loss
from portview.scan.order import port_order
from portview.scan.pacing import TIMEOUT_FIRST_S, TIMEOUT_MIN_S, WINDOW_MAX, Ceiling, Timing, Window
from portview.scan.progress import Meter
from portview.scan.rate import LINK_RATE_PER_S, Pace, Router
from portview.scan.records import Batch, HostFacts, HostVerdict, PortResult, Progress, ScanHost, ScanReport
from portview.scan.roster import Roster
from portview.scan.sampling import INTERVAL_S
from portview.scan.tcp import TcpTransport
from portview.scan.transport import Transport
from portview.scan.udp import UdpTransport
from portview.scan.verdicts import Trace, judge_host
from portview.vocabulary import Protocol

# Hosts times ports; all results are kept in memory, about 200 bytes each.
MAX_KNOCKS = 1 << 23
_BATCH_S = 0.1
# The longest the engine may wait before it looks whether it was cancelled.
_STEP_S = 0.05
# Sockets kept open at most, in flight or waiting for late answers: each costs the kernel some 2 KiB.
_MAX_SOCKETS = 16_384
# A router keeps a place for each (see rate.py), and one host behind it is seldom worth more.
_ROUTED_WINDOW = 1024
# A host sends few ICMP errors a second (Linux: one), so a crowd of datagrams only goes unanswered.
_UDP_WINDOW = 256


class Scan:
    """One scan of every port of every host; `run` may be called once.

    `timeout_s` is a fixed wait for each knock; None adapts it to each host's round trips. `seed`
    fixes the order of the ports, `window` is the most knocks in flight at once. `rate` is the most
    knocks a second in all; without one, this machine itself is asked as fast as it goes, a host on a
    network of this machine's 20,000 times a second at most, and hosts behind a router so that it can
    bear it (see rate.py): `router` is what earlier scans have asked of it.

    `earlier` are results of a scan that is resumed: their ports are not asked again, and count as if
    they had been found now. `confirm_all` asks every port that stays silent again where ICMP errors have
    come, as slowly as they are sent where that is limited: mostly once a second.

    `pause`, `go_on` and `skip` may be called from other threads at any time, before `run` as well.
    """

    def __init__(
        self,
        hosts: Sequence[ScanHost],
        ports: Sequence[int],
        *,
        protocol: Protocol = Protocol.TCP,
        timeout_s: float | None = None,
        window: int | None = None,
        seed: int = 0,
        rate: float | None = None,
        earlier: Iterable[PortResult] = (),
        confirm_all: bool = False,
        router: Router | None = None,
    ) -> None:
        """Check what is asked for; raises BadInput when it is too much or cannot be scanned."""
        if len(hosts) * len(ports) > MAX_KNOCKS:
            raise BadInput(
                f"{len(hosts)} hosts with {len(ports)} ports each are more than one scan can hold:"
                f" at most {MAX_KNOCKS} ports in all"
            )
        if rate is not None and not rate > 0:
            raise BadInput("the rate must be more than 0 knocks a second")
        for host in hosts:
            try:
                socket_address(host.address, 0)
            except OSError:
                raise BadInput(f"{host.address} names an interface that does not exist here") from None
        self.hosts = tuple(hosts)
        self.protocol = protocol
        self.requested = len(hosts) * len(ports)
        self._ports = port_order(ports, protocol, seed)
        self._timeout_s = timeout_s
        self._window = window
        self._rate = rate
        self._earlier = tuple(earlier)
        self._confirm_all = confirm_all
        self._router = router or Router()
        self._paused = threading.Event()
        self._skipped: set[str] = set()

    def pause(self) -> None:
        """Send nothing more for now; what is on its way is still heard."""
        self._paused.set()

    def go_on(self) -> None:
        """Send again."""
        self._paused.clear()

    def skip(self, address: str) -> None:
        """Leave a host; what it has answered stays."""
        self._skipped.add(address)

    def run(self, on_batch: Callable[[Batch], None], cancel: threading.Event) -> ScanReport:
        """Scan in this thread; `on_batch` is called here about every 100 ms, and once at the end.

        Returns what was found; `cancel` ends the scan within 0.2 s and keeps what has finished.
        """
        started = datetime.now(UTC).astimezone().isoformat(timespec="milliseconds")
        start_s = time.monotonic()
        engine = self._engine()
        log = _Log(engine, start_s, self.requested, self._earlier, on_batch)
        try:
            while not engine.is_done and not cancel.is_set():
                self._obey(engine)
                engine.step(_STEP_S)
                log.flush_if_due()
            is_cancelled = not engine.is_done
        finally:
            engine.close()
        log.flush(finished=True, cancelled=is_cancelled)
        known = {host.address: host for host in engine.roster.hand_over()}
        return ScanReport(
            self.hosts,
            self.protocol,
            started,
            time.monotonic() - start_s,
            tuple(log.results),
            self.requested,
            is_cancelled,
            engine.gave_up,
            self._verdicts(log.results, known),
            {address: _facts(host) for address, host in known.items()},
            frozenset(self._skipped.intersection(host.address for host in self.hosts)),
        )

    def _obey(self, engine: Engine) -> None:
        """Do what other threads have asked for."""
        engine.is_paused = self._paused.is_set()
        for address in tuple(self._skipped):
            engine.leave(address)

    def _verdicts(self, results: Sequence[PortResult], known: dict[str, Host]) -> dict[str, HostVerdict]:
        traces: dict[str, set[Trace]] = {host.address: set() for host in self.hosts}
        last = None
        for one in results:
            # Most are like the one before, and comparing is cheaper than hashing.
            trace = (one.address, one.reason, one.sender, one.icmp_type is not None)
            if trace != last:
                traces[one.address].add(Trace(*trace[1:]))
                last = trace
        finished = Counter(one.address for one in results)
        found = {
            address: _special_verdict(known.get(address))
            or judge_host(
                address,
                seen,
                is_own=is_own,
                is_complete=finished[address] == len(self._ports),
                search_failed=address in known and known[address].search_failed,
                is_on_link=is_on_link,
            )
            for address, seen in traces.items()
        }
        return {address: verdict for address, verdict in found.items() if verdict}

    def _engine(self) -> Engine:
        budget = min(socket_budget(), _MAX_SOCKETS)
        is_udp = self.protocol is Protocol.UDP
        transport: Transport = UdpTransport() if is_udp else TcpTransport(budget)
        done: defaultdict[str, set[int]] = defaultdict(set)
        for result in self._earlier:
            done[result.address].add(result.port)
        return Engine(
            Roster(self._to_scan(done), self.requested - sum(map(len, done.values()))),
            transport,
            Allowance(
                self.protocol,
                Ceiling(min(self._window or WINDOW_MAX, WINDOW_MAX, budget)),
                Pace(self._rate) if self._rate else None,
                self._router if self._rate is None else None,
            ),
            confirm_all=self._confirm_all,
        )

    def _to_scan(self, done: dict[str, set[int]]) -> Iterator[Host]:
        """The hosts with their ports that are not done yet, made when their turn comes."""
        # Services may think before they answer a datagram: never wait less than a second.
        shortest_s = TIMEOUT_FIRST_S if self.protocol is Protocol.UDP else TIMEOUT_MIN_S
        for host in self.hosts:
            if host.address in self._skipped:
                continue
            ports = self._ports
            if host.address in done:
                ports = tuple(port for port in ports if port not in done[host.address])
            reach = _reach(host.address)
            most = _ROUTED_WINDOW if reach is Reach.ROUTED else WINDOW_MAX
            if self.protocol is Protocol.UDP:
                most = _UDP_WINDOW
            yield Host(
                host.address,
                ports,
                reach,
                Timing(self._timeout_s, shortest_s),
                Window(min(self._window or most, most)),
                Loss(is_repeated=self.protocol is Protocol.TCP),
                Pace(LINK_RATE_PER_S) if reach is Reach.LINK and self._rate is None else None,
            )


def _reach(address: str) -> Reach:
    if is_own(address):
        return Reach.OWN
    return Reach.LINK if is_on_link(address) else Reach.ROUTED


def _special_verdict(host: Host | None) -> HostVerdict | None:
    """What is to be said of a host before anything else."""
    if host is None:
        return None
    if host.guard.is_everything_open:
        return HostVerdict.EVERYTHING_OPEN
    if host.canary.is_lost:
        return HostVerdict.LOST
    return HostVerdict.RATE_LIMITED if host.sampling.is_limited else None


def _facts(host: Host) -> HostFacts:
    median_s = host.timing.median_s
    return HostFacts(
        host.loss.share,
        None if median_s is None else median_s * 1000,
        host.sampling.sampled,
        host.sampling.rejected,
        host.guard.asked,
        host.guard.open,
        host.guard.is_answered_nearby,
    )


class _Log:
    """Keeps all results, and hands out the new ones now and then."""

    def __init__(
        self,
        engine: Engine,
        start_s: float,
        requested: int,
        earlier: Sequence[PortResult],
        on_batch: Callable[[Batch], None],
    ) -> None:
        self.results = list(earlier)
        self._engine = engine
        self._requested = requested
        self._on_batch = on_batch
        self._counts = Counter(result.state for result in earlier)
        self._meter = Meter(start_s)
        self._start_s = start_s
        self._last_s = start_s

    def flush_if_due(self) -> None:
        if time.monotonic() - self._last_s >= _BATCH_S:
            self.flush()

    def flush(self, *, finished: bool = False, cancelled: bool = False) -> None:
        engine = self._engine
        now = self._last_s = time.monotonic()
        new = tuple(engine.finished)
        engine.finished.clear()
        self.results.extend(new)
        self._counts.update(result.state for result in new)
        self._meter.update(now, engine.sent, is_held=engine.allowance.is_held)
        self._on_batch(Batch(new, self._progress(now, finished=finished), finished, cancelled))

    def _progress(self, now: float, *, finished: bool) -> Progress:
        engine = self._engine
        roster, allowance = engine.roster, engine.allowance
        left, sampling = roster.left(engine.sent, allowance.staying), engine.sampling_left
        eta_s = None
        if left and not (engine.is_paused or roster.lost):
            eta_s = self._meter.eta_s(
                left,
                bound_s=allowance.wait_s(left.sends, left.staying, now),
                in_flight=engine.in_flight,
                timeout_s=roster.timeout_s,
                slow_s=sampling * INTERVAL_S,
            )
        return Progress(
            total=self._requested,
            done=len(self.results),
            in_flight=0 if finished else engine.in_flight,
            elapsed_s=now - self._start_s,
            rate_per_s=self._meter.rate_per_s,
            eta_s=0.0 if finished else eta_s,
            counts={state: count for state, count in self._counts.items() if count},
            window=min(allowance.most, roster.window),
            sent=engine.sent,
            to_send=round(left.sends) if left else self._requested - len(self.results),
            is_paused=engine.is_paused,
            lost=roster.lost,
            sampling=sampling,
            is_held=allowance.is_held and left is not None and left.staying > 0,
        )
