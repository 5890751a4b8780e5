"""What is looked at around a knock, to tell causes apart: controls, the path, this side's own lies."""

import ipaddress
import random
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass

from portview.probe import controls, path, route
from portview.probe.path_records import Hop, Path, Trace
from portview.probe.politeness import is_sensitive, may_call_again
from portview.probe.records import Attempt, NameSource, Observation
from portview.probe.tracer import Tracer
from portview.vocabulary import Family, Outcome, Protocol, SenderClass

_MOST_SYNS = 40
_MOST_CONTROLS = 5
# When the kernel sends a SYN again, in seconds (tcp_syn_linear_timeouts of Linux 6.5).
_RESENDS_S = (1, 2, 3, 4, 5, 7, 11, 19, 35, 69)
# Given out by name servers of proxies only (RFC 2544).
_FAKE_PREFIXES = ("198.18.", "198.19.")
_NAME_WAIT_S = 0.6
# Last labels of names that belong inside (RFC 6761, RFC 6762, RFC 8375, and usual ones).
_INNER_LABELS = frozenset({"arpa", "corp", "home", "internal", "lan", "local", "localdomain", "localhost"})
_TIME_EXCEEDED = {Family.IPV4: (11, 0), Family.IPV6: (3, 0)}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was seen around the attempt at `address`."""

    address: str
    controls: tuple[Attempt, ...] = ()
    path: Path | None = None
    invented: tuple[str, ...] | None = None


OnSeen = Callable[[Attempt | Hop], None]


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
    look = _Look(observation, primary, until, cancel, tell)
    if observation.target.protocol is Protocol.UDP:
        found, way = look.around_datagrams()
    elif primary.outcome.had_handshake:
        found, way = look.around_connection()
    else:
        found, way = look.around_failure()
    return Surroundings(primary.address, found, way, _invented(observation, primary, found, way, cancel))


_Seen = tuple[tuple[Attempt, ...], Path | None]


class _Look:
    """One look around a deciding attempt, and what it may cost."""

    def __init__(
        self,
        observation: Observation,
        primary: Attempt,
        until: float,
        cancel: threading.Event | None,
        tell: OnSeen | None,
    ) -> None:
        self._observation, self._primary = observation, primary
        self._until, self._cancel, self._tell = until, cancel, tell
        # Elsewhere no hop would be heard of, or there is none.
        self._has_way = observation.hears_icmp and not observation.this_machine
        packets = _MOST_SYNS - _MOST_CONTROLS - _syns(observation)
        self._tracer = Tracer(packets, until, cancel, tell, observation.target.protocol)

    def around_failure(self) -> _Seen:
        if not _is_worth_controls(self._observation, self._primary):
            return (), None
        found = self._controls()
        traced = self._has_way and _is_worth_tracing(self._primary)
        return found, path.follow(self._primary, found, self._tracer) if traced else None

    def around_connection(self) -> _Seen:
        """Controls for an open port; none for SSH that greets, unless something nearer answers for it.

        Knocks at random ports beside it are what bans of port scans are made for.
        """
        if not _is_worth_controls(self._observation, self._primary):
            return (), None
        target = self._observation.target
        nearby = None
        if (
            self._has_way
            and may_call_again(self._observation)
            and not route.is_on_link(self._primary.address)
        ):
            nearby = path.Nearby(self._primary, self._tracer)
        is_well = is_sensitive(target) and self._primary.first_bytes is not None
        if is_well and not (nearby and nearby.is_answered):
            return (), nearby.path if nearby else None
        found = self._controls()
        if nearby and found:
            nearby.compare(found[-1])
        return found, nearby.path if nearby else None

    def around_datagrams(self) -> _Seen:
        """The way of datagrams that got no answer."""
        silent = self._primary.outcome in (Outcome.NO_ANSWER, Outcome.TIMED_OUT)
        if not silent or not self._has_way:
            return (), None
        found = controls.knock_over_udp(self._primary, self._until, self._cancel, self._tell)
        return found, path.follow(self._primary, found, self._tracer)

    def _controls(self) -> tuple[Attempt, ...]:
        return controls.knock(self._primary, self._until, self._cancel, self._tell)


def _is_worth_controls(observation: Observation, primary: Attempt) -> bool:
    """Whether it left this machine, and is not its own."""
    if primary.outcome is Outcome.CONNECTED:
        return not observation.this_machine
    if primary.outcome is Outcome.UNREACHABLE:
        return primary.icmp is not None
    return primary.outcome in (Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.CLOSED_BY_PEER)


def _is_worth_tracing(primary: Attempt) -> bool:
    """Silence, a RST, a loop, or a target that may have passed it on; any other sender has said enough."""
    icmp = primary.icmp
    if icmp is None or icmp.sender_is is SenderClass.TARGET:
        return True
    return (icmp.type, icmp.code) == _TIME_EXCEEDED[primary.family]


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
    inside = _leads_inside(observation, primary)
    suspected = primary.address.startswith(_FAKE_PREFIXES) or connecting or _at_first_hop(way) or inside
    if not suspected:
        return None
    from portview.probe import dns_query  # dnspython costs 80 ms: only suspects pay for it

    label = "".join(random.choices(string.ascii_lowercase, k=16))
    return dns_query.query(f"{label}.invalid.", (Family.IPV4,), _NAME_WAIT_S, cancel).addresses


def _leads_inside(observation: Observation, primary: Attempt) -> bool:
    """Whether a name of the world outside leads to a private address, as where one must log in first."""
    name, _, last = observation.resolution.name.rstrip(".").lower().rpartition(".")
    if not name or last in _INNER_LABELS or observation.this_machine:
        return False
    address = ipaddress.ip_address(primary.address.partition("%")[0])
    return address.is_private and not address.is_link_local


def _at_first_hop(way: Path | None) -> bool:
    answer: Trace | None = way.target if way else None
    return answer is not None and answer.answer_ttl == 1 and not (way and way.on_link)
