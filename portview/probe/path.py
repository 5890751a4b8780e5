"""The way of a port: knocks whose packets may go so many hops only, as traceroute makes them.

A router that receives a packet's last hop says so (ICMP time exceeded, RFC 792, RFC 4443), and the
error queue tells any user who it was. Each TTL is a knock of its own, at most one SYN.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from portview.probe import tcp
from portview.probe.background import gather
from portview.probe.path_records import Hop, Path, Trace
from portview.probe.records import Attempt
from portview.probe.route import is_on_link
from portview.vocabulary import Family, Outcome

MOST_HOPS = 20
# Time exceeded, as (type, code).
_RAN_OUT = {Family.IPV4: (11, 0), Family.IPV6: (3, 0)}
# Below one second the kernel sends no second SYN; routers answer sooner or not at all.
_WAIT_S = 0.6
_GRACE_S = 1.0
# Where a way's length is looked for first; what lies between is asked afterwards.
_STEPS = (1, 2, 3, 6, 10, 15, 20)
_STRIDE = 6
# How many silent hops are asked again, to tell a lost packet from a router that reports nothing.
_DOUBTS = 3


class _Way:
    """One port's knocks by TTL, made with a common budget of SYNs."""

    def __init__(self, address: str, port: int, tracer: "Tracer") -> None:
        self.port = port
        self._address = address
        self._tracer = tracer
        self._found: dict[int, Attempt] = {}

    def ask(self, ttls: Iterable[int]) -> None:
        """Knock with each of these TTLs, side by side."""
        self._tracer.ask([(self, ttl) for ttl in ttls])

    def note(self, ttl: int, attempt: Attempt) -> None:
        """Keep what came back; of two answers at one TTL the one that a router sent."""
        known = self._found.get(ttl)
        if known is None or known.outcome is Outcome.TIMED_OUT or ran_out(attempt):
            self._found[ttl] = attempt

    def knock(self, ttl: int, timeout_s: float, cancel: threading.Event | None) -> Attempt:
        return tcp.knock(self._address, self.port, timeout_s=timeout_s, listen_s=None, ttl=ttl, cancel=cancel)

    @property
    def trace(self) -> Trace:
        return trace_of(self.port, self._found)


class Tracer:
    """Asks for hops until the time or the SYNs are used up; `tell` hears each hop when it is first seen."""

    def __init__(
        self,
        budget: int,
        until: float,
        cancel: threading.Event | None,
        tell: Callable[[Hop], None] | None = None,
    ) -> None:
        self._left = budget
        self._until = until
        self._cancel = cancel
        self._tell = tell
        self._told: set[tuple[int, str | None]] = set()

    def ask(self, questions: Sequence[tuple[_Way, int]]) -> None:
        """Knock for each pair of way and TTL, side by side."""
        questions = questions[: max(self._left, 0)]
        timeout_s = min(_WAIT_S, self._until - time.monotonic())
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
    if attempt.outcome in (Outcome.TIMED_OUT, Outcome.LOCAL_ERROR) or ran_out(attempt):
        return False
    return attempt.outcome is not Outcome.UNREACHABLE or attempt.icmp is not None


def _hop(ttl: int, attempt: Attempt) -> Hop:
    if attempt.icmp is None or not ran_out(attempt):
        return Hop(ttl)
    return Hop(ttl, attempt.icmp.sender, attempt.elapsed_ms)


def first_hop(primary: Attempt, control: Attempt | None, tracer: Tracer) -> Path | None:
    """Ask whether a port that connects does so one hop away already; None for a target on this network.

    Only if it does, `control` is asked the same: a port that nobody uses.
    """
    if is_on_link(primary.address):
        return None
    way = _Way(primary.address, primary.port, tracer)
    way.ask([1])
    if control is None or way.trace.answer is None:
        return Path(primary.address, way.trace)
    other = _Way(primary.address, control.port, tracer)
    other.ask([1])
    return Path(primary.address, way.trace, other.trace)


def follow(primary: Attempt, controls: Sequence[Attempt], tracer: Tracer) -> Path:
    """Trace the way of a port that did not connect, beside that of a control port that answers.

    The control tells how far the target is; this port is then asked at every TTL up to there, or up to
    MOST_HOPS. What a conclusion would rest on is asked once more.
    """
    way = _Way(primary.address, primary.port, tracer)
    compared = _comparable(controls)
    control = _Way(primary.address, compared.port, tracer) if compared else None
    if control:
        _measure(control)
    distance = control.trace.answer_ttl if control else None
    if primary.outcome is Outcome.TIMED_OUT:
        way.ask(range(1, (distance or MOST_HOPS) + 1))
    else:
        # A port that is forwarded answers one hop behind the address; the rest is asked in strides.
        _walk(way, (distance or 0) + 1)
    _ask_again(way, control, distance, tracer)
    return Path(
        primary.address,
        way.trace,
        control.trace if control else None,
        _forwarded(primary.address, distance, controls, compared, tracer),
        is_on_link(primary.address),
    )


def _comparable(controls: Sequence[Attempt]) -> Attempt | None:
    """A control that answers for itself: rather one that refuses, where no connection is made."""
    refusing = [one for one in controls if one.outcome is Outcome.REFUSED and one.icmp is None]
    connecting = [one for one in controls if one.outcome.had_handshake]
    return next(iter(refusing + connecting), None)


def _measure(way: _Way) -> None:
    """Find the TTL at which a port answers, in steps first and then in the gap before."""
    way.ask(_STEPS)
    answer_ttl = way.trace.answer_ttl
    if answer_ttl is not None:
        nearer = max((step for step in _STEPS if step < answer_ttl), default=0)
        way.ask(range(nearer + 1, answer_ttl))


def _walk(way: _Way, first_stride: int) -> None:
    """Ask hop by hop until something answers."""
    start, stride = 1, max(first_stride, _STRIDE if first_stride == 1 else first_stride)
    while start <= MOST_HOPS and way.trace.answer is None:
        end = min(start + stride, MOST_HOPS + 1)
        way.ask(range(start, end))
        start, stride = end, _STRIDE


def _ask_again(way: _Way, control: _Way | None, distance: int | None, tracer: Tracer) -> None:
    """Ask the hops at which this port's packets seem to end once more, and the control's there."""
    trace = way.trace
    if trace.answer_ttl is not None:
        early = [trace.answer_ttl] if distance is not None and trace.answer_ttl < distance else []
        way.ask([hop.ttl for hop in trace.hops if hop.sender is None][-_DOUBTS:] + early)
        return
    last = trace.last_hop.ttl if trace.last_hop else 0
    doubtful = range(last + 1, min(last + _DOUBTS, (distance or MOST_HOPS + 1) - 1) + 1)
    questions = [(way, ttl) for ttl in doubtful]
    if control and distance is not None:
        known = {hop.ttl for hop in control.trace.hops if hop.sender}
        questions += [(control, ttl) for ttl in doubtful if ttl not in known]
    tracer.ask(questions)


def _forwarded(
    address: str, distance: int | None, controls: Sequence[Attempt], compared: Attempt | None, tracer: Tracer
) -> tuple[int, ...]:
    """The connecting controls whose packets the address reports as run out: it passes them on."""
    if distance is None or compared is None or compared.outcome.had_handshake:
        return ()
    ways = [_Way(address, one.port, tracer) for one in controls if one.outcome.had_handshake]
    tracer.ask([(way, distance) for way in ways])
    return tuple(way.port for way in ways if any(hop.sender == address for hop in way.trace.hops))
