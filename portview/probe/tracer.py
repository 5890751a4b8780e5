"""Knocks whose packets may go so many hops only, as traceroute makes them.

A router that receives a packet's last hop says so (ICMP time exceeded, RFC 792, RFC 4443), and the
error queue tells any user who it was. Each TTL is a knock of its own, at most one SYN or datagram.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from portview.probe import tcp, udp
from portview.probe.background import gather
from portview.probe.path_records import Hop, Trace
from portview.probe.records import Attempt
from portview.vocabulary import Family, Outcome, Protocol

# Time exceeded, as (type, code).
_RAN_OUT = {Family.IPV4: (11, 0), Family.IPV6: (3, 0)}
_SILENCE = (Outcome.TIMED_OUT, Outcome.NO_ANSWER)
# Below one second the kernel sends no second SYN; routers answer sooner or not at all.
_WAIT_S = 0.6
_GRACE_S = 1.0


class PortWay:
    """One port's knocks by TTL, made with a common budget of SYNs."""

    def __init__(self, address: str, port: int, tracer: "Tracer") -> None:
        self.port = port
        self._address = address
        self._tracer = tracer
        self._found: dict[int, Attempt] = {}

    def ask(self, ttls: Iterable[int], wait_s: float = _WAIT_S) -> None:
        """Knock with each of these TTLs, side by side."""
        self._tracer.ask([(self, ttl) for ttl in ttls], wait_s)

    def note(self, ttl: int, attempt: Attempt) -> None:
        """Keep what came back; of two answers at one TTL the one that a router sent."""
        known = self._found.get(ttl)
        if known is None or known.outcome in _SILENCE or ran_out(attempt):
            self._found[ttl] = attempt

    def knock(self, ttl: int, timeout_s: float, cancel: threading.Event | None) -> Attempt:
        """One knock whose packets may go `ttl` hops; the arguments are those of `tcp.knock`."""
        if self._tracer.protocol is Protocol.UDP:
            return udp.knock(self._address, self.port, timeout_s=timeout_s, ttl=ttl, cancel=cancel)
        return tcp.knock(self._address, self.port, timeout_s=timeout_s, listen_s=None, ttl=ttl, cancel=cancel)

    @property
    def trace(self) -> Trace:
        """What the knocks so far add up to."""
        return trace_of(self.port, self._found)


class Tracer:
    """Asks for hops until time or packets are used up; `tell` hears each hop when it is first seen."""

    def __init__(
        self,
        budget: int,
        until: float,
        cancel: threading.Event | None,
        tell: Callable[[Hop], None] | None = None,
        protocol: Protocol = Protocol.TCP,
    ) -> None:
        self.protocol = protocol
        self._left = budget
        self._until = until
        self._cancel = cancel
        self._tell = tell
        self._told: set[tuple[int, str | None]] = set()

    def ask(self, questions: Sequence[tuple[PortWay, int]], wait_s: float = _WAIT_S) -> None:
        """Knock for each pair of way and TTL, side by side, and wait so long for each."""
        questions = questions[: max(self._left, 0)]
        timeout_s = min(wait_s, self._until - time.monotonic())
        if timeout_s <= 0 or not questions:
            return
        self._left -= len(questions)
        knocks = [partial(way.knock, ttl, timeout_s, self._cancel) for way, ttl in questions]
        for place, attempt in gather(knocks, time.monotonic() + timeout_s + _GRACE_S, self._cancel):
            way, ttl = questions[place]
            way.note(ttl, attempt)
            self._hear(_hop(ttl, attempt))

    def _hear(self, hop: Hop) -> None:
        if self._tell is not None and hop.sender and (hop.ttl, hop.sender) not in self._told:
            self._told.add((hop.ttl, hop.sender))
            self._tell(hop)


def ran_out(attempt: Attempt) -> bool:
    """Whether a router reported that the packet's hops were used up."""
    icmp = attempt.icmp
    return icmp is not None and (icmp.type, icmp.code) == _RAN_OUT[attempt.family]


def trace_of(port: int, found: Mapping[int, Attempt]) -> Trace:
    """The trace that knocks by TTL add up to; silence behind the last hop that spoke is left out."""
    answers = [ttl for ttl, attempt in found.items() if _is_answer(attempt)]
    answer_ttl = min(answers, default=None)
    spoke = [ttl for ttl, attempt in found.items() if ran_out(attempt)]
    end = answer_ttl if answer_ttl is not None else max(spoke, default=0) + 1
    hops = tuple(_hop(ttl, found[ttl]) for ttl in sorted(found) if ttl < end)
    return Trace(port, hops, answer_ttl, None if answer_ttl is None else found[answer_ttl])


def _is_answer(attempt: Attempt) -> bool:
    """Neither silence, nor a hop, nor an error of this machine."""
    if attempt.outcome in (*_SILENCE, Outcome.LOCAL_ERROR) or ran_out(attempt):
        return False
    return attempt.outcome is not Outcome.UNREACHABLE or attempt.icmp is not None


def _hop(ttl: int, attempt: Attempt) -> Hop:
    if attempt.icmp is None or not ran_out(attempt):
        return Hop(ttl)
    return Hop(ttl, attempt.icmp.sender, attempt.elapsed_ms)
