"""What is looked at around a knock, to tell causes apart: controls, the path, this side's own lies.

A knock that waits in silence is not waited for: the look begins after a good second, or as soon as one
address connects, and goes on beside the knocks.
"""

import random
import string
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from portview.probe import controls, path, route
from portview.probe.addresses import family_of
from portview.probe.background import Call
from portview.probe.path_records import Hop, Path, Trace
from portview.probe.politeness import may_call_again
from portview.probe.records import Attempt, NameSource, Observation
from portview.probe.waiting import STEP_S, CancelledError
from portview.vocabulary import Family, Outcome, Protocol, SenderClass

# How long an answer may take before other knocks are made beside the wait for it. The kernel may miss a
# first ICMP error and get the next after a second; routers send few (one a second), so do not compete.
_PATIENCE_S = 1.2
# The families of a name connect almost at the same time; the first of them decides.
_SETTLING_S = 0.05
# What all of it may take after a knock that connects, and after the wait of one that does not.
_CONNECTED_S = 1.3
_SILENT_S = 2.8
_MOST_SYNS = 40
# When the kernel sends a SYN again, in seconds (tcp_syn_linear_timeouts of Linux 6.5).
_RESENDS_S = (1, 2, 3, 4, 5, 7, 11, 19, 35, 69)
# Given out by name servers of proxies only (RFC 2544).
_FAKE_PREFIXES = ("198.18.", "198.19.")
_NAME_WAIT_S = 0.6

_ICMP_WORTH_TRACING = {Family.IPV4: ((3, 1), (11, 0)), Family.IPV6: ((1, 3), (3, 0))}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was seen around the attempt at `address`."""

    address: str
    controls: tuple[Attempt, ...] = ()
    path: Path | None = None
    invented: tuple[str, ...] | None = None


OnSeen = Callable[[Attempt | Hop], None]


class Scout:
    """Looks around while the knocks of an observation are still waiting for their answers.

    `on_seen` hears of each control and each hop, from another thread.
    """

    def __init__(
        self, observation: Observation, cancel: threading.Event | None, on_seen: OnSeen | None = None
    ) -> None:
        self._observation = observation
        self._cancel = cancel
        self._on_seen = on_seen
        self._controls: list[Attempt] = []
        self._started = time.monotonic()
        self._heard: dict[str, Attempt] = {}
        self._decided = threading.Event()
        self._over = threading.Event()
        self._call = Call(self._look)

    def hear(self, attempt: Attempt) -> None:
        """Take note of an attempt, also of one that only has its handshake; from any thread."""
        self._heard[attempt.address] = attempt
        if attempt.outcome is Outcome.CONNECTED:
            self._decided.set()

    def report(self, observation: Observation) -> Observation:
        """The finished observation with what was seen around the attempt that decided it.

        Cancelled, it has the controls that had ended by then, and no path: half of one proves nothing.
        """
        self._heard.update((attempt.address, attempt) for attempt in observation.attempts)
        self._over.set()
        self._decided.set()
        primary = observation.primary
        try:
            seen = self._call.value(self._end(primary) + 1.0, self._cancel)
            if primary is None:
                return observation
            if seen is None or seen.address != primary.address:
                seen = look_around(observation, self._end(primary), self._cancel, self._hear)
        except CancelledError:
            return replace(observation, controls=tuple(self._controls), cancelled=True)
        return replace(
            observation,
            controls=seen.controls,
            path=seen.path,
            invented=seen.invented,
            route=None if observation.this_machine else _route(primary),
        )

    def _hear(self, seen: Attempt | Hop) -> None:
        if isinstance(seen, Attempt):
            self._controls.append(seen)
        if self._on_seen is not None:
            self._on_seen(seen)

    def _look(self) -> Surroundings | None:
        while not self._decided.wait(min(STEP_S, max(self._started + _PATIENCE_S - time.monotonic(), 0.0))):
            if self._cancel is not None and self._cancel.is_set():
                return None
            if time.monotonic() >= self._started + _PATIENCE_S:
                break
        self._over.wait(_SETTLING_S)
        so_far = replace(self._observation, attempts=tuple(self._so_far()))
        try:
            return look_around(so_far, self._end(so_far.primary), self._cancel, self._hear)
        except CancelledError:
            return None  # whoever waits for the report hears of it there

    def _so_far(self) -> Iterable[Attempt]:
        """The attempts as they stand now; those that are still waiting count as silent."""
        waited_ms = (time.monotonic() - self._started) * 1000
        for address in self._observation.resolution.addresses:
            waiting = Attempt(
                address, family_of(address), self._observation.target.port, Outcome.TIMED_OUT, waited_ms
            )
            yield self._heard.get(address, waiting)

    def _end(self, primary: Attempt | None) -> float:
        if primary is not None and primary.outcome.had_handshake:
            return max(self._started + primary.elapsed_ms / 1000 + _CONNECTED_S, time.monotonic() + 0.2)
        return self._started + self._observation.timeout_s + _SILENT_S


def look_around(
    observation: Observation,
    until: float,
    cancel: threading.Event | None = None,
    tell: OnSeen | None = None,
) -> Surroundings:
    """Make the controls and follow the path, as far as the deciding attempt calls for them.

    Nothing is sent to any address but the target's own and to this machine's name servers. Ends at
    the monotonic time `until`. Raises CancelledError when cancelled.
    """
    primary = observation.primary
    if primary is None:
        return Surroundings("")
    if observation.target.protocol is not Protocol.TCP or not _is_worth_controls(observation, primary):
        return Surroundings(primary.address, invented=_invented(observation, primary, (), None, cancel))
    found = controls.knock(primary, until, cancel, tell)
    tracer = path.Tracer(_MOST_SYNS - len(found) - _syns(observation), until, cancel, tell)
    way = None
    if not observation.this_machine:
        if not primary.outcome.had_handshake:
            way = path.follow(primary, found, tracer) if _is_worth_tracing(primary) else None
        elif may_call_again(observation):
            way = path.first_hop(primary, found[-1] if found else None, tracer)
    return Surroundings(primary.address, found, way, _invented(observation, primary, found, way, cancel))


def _route(primary: Attempt) -> route.Route | None:
    """The way out as it stands now that the next machine on it was asked for long enough."""
    patience_s = 0.0 if primary.outcome.is_success else route.CONFIRMED_WITHIN_S
    return route.look_up(primary.address, time.monotonic() + patience_s)


def _is_worth_controls(observation: Observation, primary: Attempt) -> bool:
    """Whether it left this machine, and is not its own."""
    if primary.outcome is Outcome.CONNECTED:
        return not observation.this_machine
    if primary.outcome is Outcome.UNREACHABLE:
        return primary.icmp is not None
    return primary.outcome in (Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.CLOSED_BY_PEER)


def _is_worth_tracing(primary: Attempt) -> bool:
    """Silence, a RST, a loop, or a target that cannot pass it on; any other sender has said enough."""
    if primary.icmp is None:
        return True
    kind, code, sender_is = primary.icmp.type, primary.icmp.code, primary.icmp.sender_is
    if (kind, code) not in _ICMP_WORTH_TRACING[primary.family]:
        return False
    unreachable, _ = _ICMP_WORTH_TRACING[primary.family]
    return (kind, code) != unreachable or sender_is is SenderClass.TARGET


def _syns(observation: Observation) -> int:
    """How many SYNs the knocks themselves send, at most."""
    each = 1 + sum(resend <= observation.timeout_s for resend in _RESENDS_S)
    return sum(each if attempt.outcome is Outcome.TIMED_OUT else 1 for attempt in observation.attempts)


def _invented(
    observation: Observation,
    primary: Attempt,
    found: tuple[Attempt, ...],
    way: Path | None,
    cancel: threading.Event | None,
) -> tuple[str, ...] | None:
    """What the name servers say of a random name in .invalid (RFC 6761), where they are suspected."""
    if observation.resolution.source in (NameSource.LITERAL, NameSource.HOSTS):
        return None
    connecting = [one for one in found if one.port not in (80, 443) and one.outcome.had_handshake]
    suspected = primary.address.startswith(_FAKE_PREFIXES) or connecting or _at_first_hop(way)
    if not suspected:
        return None
    from portview.probe import dns_query  # dnspython costs 80 ms: only suspects pay for it

    label = "".join(random.choices(string.ascii_lowercase, k=16))
    return dns_query.query(f"{label}.invalid.", (Family.IPV4,), _NAME_WAIT_S, cancel).addresses


def _at_first_hop(way: Path | None) -> bool:
    answer: Trace | None = way.target if way else None
    return answer is not None and answer.answer_ttl == 1 and not (way and way.on_link)
