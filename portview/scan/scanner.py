"""The public face of the scanner: hosts and ports in, frozen batches and a report out."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from portview.errors import BadInput
from portview.probe.addresses import is_own
from portview.probe.route import is_on_link
from portview.probe.sockaddr import socket_address
from portview.scan.engine import Engine
from portview.scan.limits import socket_budget
from portview.scan.order import port_order
from portview.scan.pacing import TIMEOUT_FIRST_S, TIMEOUT_MIN_S, WINDOW_MAX, Window
from portview.scan.progress import Meter
from portview.scan.records import Batch, HostVerdict, PortResult, Progress, ScanHost, ScanReport
from portview.scan.transport import TcpTransport, Transport, UdpTransport
from portview.scan.verdicts import Trace, judge_host
from portview.vocabulary import Protocol, State

# Hosts times ports; all results are kept in memory, about 150 bytes each.
MAX_KNOCKS = 1 << 23
_BATCH_S = 0.1
# The longest the engine may wait before it looks whether it was cancelled.
_STEP_S = 0.05
# Sockets kept open at most, in flight or waiting for late answers: each costs the kernel some 2 KiB.
_MAX_SOCKETS = 16_384
# A host sends few ICMP errors a second (Linux: one), so a crowd of datagrams only goes unanswered.
_UDP_WINDOW = 256


class Scan:
    """One scan of every port of every host; `run` may be called once.

    `timeout_s` is a fixed wait for each knock; None adapts it to each host's round trips. `seed`
    fixes the order of the ports, `window` is the most knocks in flight at once.
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
    ) -> None:
        """Check what is asked for; raises BadInput when it is too much or cannot be scanned."""
        if len(hosts) * len(ports) > MAX_KNOCKS:
            raise BadInput(
                f"{len(hosts)} hosts with {len(ports)} ports each are more than one scan can hold:"
                f" at most {MAX_KNOCKS} ports in all"
            )
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

    def run(self, on_batch: Callable[[Batch], None], cancel: threading.Event) -> ScanReport:
        """Scan in this thread; `on_batch` is called here about every 100 ms, and once at the end.

        Returns what was found; `cancel` ends the scan within 0.2 s and keeps what has finished.
        """
        started = datetime.now(UTC).astimezone().isoformat(timespec="milliseconds")
        start_s = time.monotonic()
        engine = self._engine()
        log = _Log(engine, start_s, on_batch)
        try:
            while not engine.is_done and not cancel.is_set():
                engine.step(_STEP_S)
                log.flush_if_due()
            is_cancelled = not engine.is_done
        finally:
            engine.close()
        log.flush(finished=True, cancelled=is_cancelled)
        return ScanReport(
            self.hosts,
            self.protocol,
            started,
            time.monotonic() - start_s,
            tuple(log.results),
            self.requested,
            is_cancelled,
            engine.gave_up,
            self._verdicts(log.results, engine.search_failed),
        )

    def _verdicts(
        self, results: Sequence[PortResult], search_failed: frozenset[str]
    ) -> dict[str, HostVerdict]:
        traces: dict[str, set[Trace]] = {host.address: set() for host in self.hosts}
        for one in results:
            traces[one.address].add(Trace(one.reason, one.sender, one.icmp_type is not None))
        finished = Counter(one.address for one in results)
        found = {
            address: judge_host(
                address,
                seen,
                is_own=is_own,
                is_complete=finished[address] == len(self._ports),
                search_failed=address in search_failed,
                is_on_link=is_on_link,
            )
            for address, seen in traces.items()
        }
        return {address: verdict for address, verdict in found.items() if verdict}

    def _engine(self) -> Engine:
        budget = min(socket_budget(), _MAX_SOCKETS)
        transport: Transport = TcpTransport()
        most, shortest_s = WINDOW_MAX, TIMEOUT_MIN_S
        if self.protocol is Protocol.UDP:
            # Services may think before they answer a datagram: never wait less than a second.
            transport = UdpTransport()
            most, shortest_s = _UDP_WINDOW, TIMEOUT_FIRST_S
        return Engine(
            self.hosts,
            self._ports,
            transport,
            window=Window(min(self._window or most, most, budget)),
            budget=budget,
            timeout_s=self._timeout_s,
            timeout_min_s=shortest_s,
        )


class _Log:
    """Keeps all results, and hands out the new ones now and then."""

    def __init__(self, engine: Engine, start_s: float, on_batch: Callable[[Batch], None]) -> None:
        self.results: list[PortResult] = []
        self._engine = engine
        self._on_batch = on_batch
        self._counts: Counter[State] = Counter()
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
        self._meter.update(now, engine.sent)
        progress = Progress(
            total=engine.total,
            done=len(self.results),
            in_flight=engine.in_flight,
            elapsed_s=now - self._start_s,
            rate_per_s=self._meter.rate_per_s,
            eta_s=0.0 if finished else self._meter.eta_s(engine.to_send, engine.in_flight, engine.timeout_s),
            counts=dict(self._counts),
            window=engine.window,
        )
        self._on_batch(Batch(new, progress, finished, cancelled))
