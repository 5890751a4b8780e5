"""What a traced path shows, as the rules read it: how far a port's packets come, and how far others'.

A router reports the packets that run out at it before its own rules for forwarding see them. Where
the reports end, the loss is at the last hop that spoke or right after it, never surely before.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from portview.diagnose.addresses import AddressKind, kind_of
from portview.vocabulary import Outcome, SenderClass

if TYPE_CHECKING:  # a quick knock has none of these
    from portview.probe.path_records import Hop, Path, Trace

_INNER = frozenset({AddressKind.PRIVATE, AddressKind.CGNAT})


class Way:
    """Pure views of one path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def last_hop(self) -> Hop | None:
        """The farthest hop that reported this port's packets, the target's own address left out."""
        return self._last_router(self.path.target)

    @cached_property
    def distance(self) -> int | None:
        """At how many hops the address itself answers or speaks; None: not known."""
        own = [*self._own_hops(self.path.target), *self._own_hops(self.path.control)]
        if own:
            return min(own)
        return self.path.control.answer_ttl if self.path.control else None

    @property
    def is_answered(self) -> bool:
        """Whether anything but this machine itself answered this port's packets."""
        answer = self.path.target.answer
        own = answer is not None and answer.icmp is not None and answer.icmp.sender_is is SenderClass.SELF
        return answer is not None and not own

    @property
    def forwards(self) -> bool:
        """Whether the address passes this port on: it reported its packets as run out."""
        return bool(self._own_hops(self.path.target))

    @cached_property
    def forwarded_elsewhere(self) -> tuple[int, ...]:
        """Other ports that the address passes on."""
        control = self.path.control
        traced = (control.port,) if control and self._own_hops(control) else ()
        return tuple(dict.fromkeys((*traced, *self.path.forwarded)))

    @property
    def is_left_out(self) -> bool:
        """Whether the address passes other ports on, and this one not."""
        ends_there = self.reaches_last_router or (
            self.distance is not None and self.path.target.answer_ttl == self.distance
        )
        return not self.forwards and bool(self.forwarded_elsewhere) and ends_there

    @property
    def first_hop_is_silent(self) -> bool:
        """Whether not even the first router reports this port's packets, and does report others'."""
        return self._is_lost and self.last_hop is None and self._control_reports(1)

    @property
    def ends_early(self) -> bool:
        """Whether a later router reports the control's packets and not this port's."""
        control = self._last_router(self.path.control)
        last = self.last_hop
        return self._is_lost and last is not None and control is not None and control.ttl > last.ttl

    @property
    def is_lost_on_way(self) -> bool:
        """Whether the packets of another port come farther than this port's."""
        return self.first_hop_is_silent or self.ends_early

    @property
    def reaches_last_router(self) -> bool:
        """Whether this port's packets get as far as the last router before the target, which is silent."""
        last = self.last_hop
        return self._is_lost and self.distance is not None and (last.ttl if last else 0) == self.distance - 1

    @cached_property
    def early_reset(self) -> int | None:
        """The TTL at which a RST came although the target is farther; None: no such thing."""
        answer, at = self.path.target.answer, self.path.target.answer_ttl
        if answer is None or at is None or answer.outcome is not Outcome.REFUSED or answer.icmp is not None:
            return None
        return at if self.distance is not None and at < self.distance else None

    @property
    def loops(self) -> bool:
        """Whether routers come again after others: packets go in circles."""
        return bool(self.circle)

    @cached_property
    def circle(self) -> tuple[str, ...]:
        """The routers that alternate; empty when none does."""
        senders = [
            hop.sender for hop in self.path.target.hops if hop.sender and hop.sender != self.path.address
        ]
        again = [
            sender
            for place, sender in enumerate(senders)
            if sender in senders[:place] and senders[place - 1] != sender
        ]
        return tuple(dict.fromkeys(again)) if len(again) > 1 else ()

    @cached_property
    def inner_hops(self) -> tuple[str, ...]:
        """The first routers as long as their addresses are private or of carrier-grade NAT."""
        inner: list[str] = []
        for hop in self.path.target.hops:
            if hop.sender is None or kind_of(hop.sender) not in _INNER:
                break
            inner.append(hop.sender)
        return tuple(inner)

    @property
    def connects_at_first_hop(self) -> bool:
        """Whether one hop is enough to connect, although the target is behind a gateway."""
        return not self.path.on_link and _connects(self.path.target) and self.path.target.answer_ttl == 1

    @property
    def control_connects_at_first_hop(self) -> bool:
        """Whether the control connects there as well."""
        control = self.path.control
        return control is not None and _connects(control) and control.answer_ttl == 1

    @property
    def connects_before_target(self) -> int | None:
        """The TTL at which the port connects, where a router reports the control's packet as run out."""
        at = self.path.target.answer_ttl
        nearer = at is not None and _connects(self.path.target) and self._control_reports(at)
        return at if nearer and not self.path.on_link else None

    @property
    def _is_lost(self) -> bool:
        return self.path.target.answer is None and not self.forwards

    def _control_reports(self, ttl: int) -> bool:
        control = self.path.control
        routers = control.hops if control else ()
        return any(
            hop.ttl == ttl and hop.sender and not _same(hop.sender, self.path.address) for hop in routers
        )

    def _own_hops(self, trace: Trace | None) -> Sequence[int]:
        """The TTLs at which the target's own address reported a packet of this trace as run out."""
        hops = trace.hops if trace else ()
        return [hop.ttl for hop in hops if hop.sender and _same(hop.sender, self.path.address)]

    def _last_router(self, trace: Trace | None) -> Hop | None:
        hops = trace.hops if trace else ()
        routers = [hop for hop in hops if hop.sender and not _same(hop.sender, self.path.address)]
        return routers[-1] if routers else None


def _connects(trace: Trace) -> bool:
    return trace.answer is not None and trace.answer.outcome.had_handshake


def _same(one: str, other: str) -> bool:
    try:
        return ipaddress.ip_address(one.partition("%")[0]) == ipaddress.ip_address(other.partition("%")[0])
    except ValueError:
        return one == other
