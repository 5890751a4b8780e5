"""The way of a port, hop by hop, beside that of another port of the same address."""

from collections.abc import Sequence
from itertools import takewhile

from portview.probe.path_records import Path
from portview.probe.records import Attempt
from portview.probe.route import is_on_link
from portview.probe.tracer import PortWay, Tracer
from portview.vocabulary import Outcome, Protocol, SenderClass

MOST_HOPS = 20
# Where a way's length is looked for first; what lies between is asked afterwards.
_STEPS = (1, 2, 3, 6, 10, 15, 20)
_STRIDE = 6
# How many silent hops are asked again, to tell a lost packet from a router that reports nothing.
_DOUBTS = 3
# How far something may be that answers in the target's place on this side, and how soon its hops speak.
_NEAR = range(1, 4)
_NEAR_WAIT_S = 0.3


class Nearby:
    """Whether a port that connects does so nearer than its machine is, behind a router of this side."""

    def __init__(self, primary: Attempt, tracer: Tracer) -> None:
        self._address, self._tracer = primary.address, tracer
        self._way = PortWay(primary.address, primary.port, tracer)
        self._control: PortWay | None = None
        self._way.ask(_NEAR[:1], _NEAR_WAIT_S)

    @property
    def is_answered(self) -> bool:
        """Whether it connects already."""
        return self._way.trace.answer is not None

    def compare(self, control: Attempt) -> None:
        """Ask the same of a port that nobody uses, and then of hops at which that one's packets run out.

        A router there has them in its hands: the target is farther, and does not hear of these knocks.
        """
        self._control = PortWay(self._address, control.port, self._tracer)
        self._control.ask(_NEAR, _NEAR_WAIT_S)
        outside = takewhile(lambda hop: hop.sender != self._address, self._control.trace.hops)
        reported = max((hop.ttl for hop in outside if hop.sender), default=0)
        if not self.is_answered:
            self._way.ask(_NEAR[1:reported], _NEAR_WAIT_S)

    @property
    def path(self) -> Path:
        """What was seen of the way."""
        control = self._control.trace if self._control else None
        return Path(self._address, self._way.trace, control)


def follow(primary: Attempt, controls: Sequence[Attempt], tracer: Tracer) -> Path:
    """Trace the way of a port that did not connect, beside that of a control port that answers.

    The control tells how far the target is; this port is then asked at every TTL up to there, or up to
    MOST_HOPS. What a conclusion would rest on is asked once more.
    """
    way = PortWay(primary.address, primary.port, tracer)
    compared = _comparable(controls, tracer.protocol)
    control = PortWay(primary.address, compared.port, tracer) if compared else None
    if control:
        _measure(control)
    distance = control.trace.answer_ttl if control else None
    if tracer.protocol is Protocol.UDP:
        _walk_on(way, distance or MOST_HOPS)
    elif primary.outcome is Outcome.TIMED_OUT:
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


def _comparable(controls: Sequence[Attempt], protocol: Protocol) -> Attempt | None:
    """A control that answers for itself: rather one that refuses, where no connection is made.

    A closed port does so with a RST; over UDP with ICMP.
    """
    own_word = SenderClass.TARGET if protocol is Protocol.UDP else None
    refusing = [
        one
        for one in controls
        if one.outcome is Outcome.REFUSED and (one.icmp.sender_is if one.icmp else None) is own_word
    ]
    connecting = [one for one in controls if one.outcome.had_handshake]
    return next(iter(refusing + connecting), None)


def _measure(way: PortWay) -> None:
    """Find the TTL at which a port answers, in steps first and then in the gap before."""
    way.ask(_STEPS)
    answer_ttl = way.trace.answer_ttl
    if answer_ttl is not None:
        nearer = max((step for step in _STEPS if step < answer_ttl), default=0)
        way.ask(range(nearer + 1, answer_ttl))


def _walk(way: PortWay, first_stride: int) -> None:
    """Ask hop by hop until something answers."""
    start, stride = 1, max(first_stride, _STRIDE if first_stride == 1 else first_stride)
    while start <= MOST_HOPS and way.trace.answer is None:
        end = min(start + stride, MOST_HOPS + 1)
        way.ask(range(start, end))
        start, stride = end, _STRIDE


def _walk_on(way: PortWay, end: int) -> None:
    """Ask in strides until none of one speaks: a silent service need not hear the same from afar."""
    for start in range(1, end + 1, _STRIDE):
        way.ask(range(start, min(start + _STRIDE, end + 1)))
        last = way.trace.last_hop
        if way.trace.answer is not None or last is None or last.ttl < start:
            return


def _ask_again(way: PortWay, control: PortWay | None, distance: int | None, tracer: Tracer) -> None:
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
    ways = [PortWay(address, one.port, tracer) for one in controls if one.outcome.had_handshake]
    tracer.ask([(way, distance) for way in ways])
    return tuple(way.port for way in ways if any(hop.sender == address for hop in way.trace.hops))
