"""The first step of the packets' way: this machine's link, its gateway, its neighbours.

All of it is the kernel's own word on who answers nearby; off Linux nothing is known and nothing follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portview.diagnose.evidence import Evidence
from portview.diagnose.icmp import Says
from portview.probe.records import NameFailure
from portview.vocabulary import Outcome, SenderClass

if TYPE_CHECKING:  # a quick knock has none of these
    from portview.probe.route import Route

_SOME = 3  # a machine may get one or two packets that it did not ask for
_MOST_ANSWERS = 6  # to one packet: a SYN-ACK, and again as often as tcp_synack_retries says
_SILENCE = (Outcome.TIMED_OUT, Outcome.NO_ANSWER)

# Where packets get no farther than this machine's own link, only these may still be concluded.
STUCK = frozenset({"link_down", "gateway_down", "vpn_split_tunnel", "client_in_drop"})


def route_of(evidence: Evidence) -> Route | None:
    """How packets to the deciding address leave this machine; None: not known, or they stay in it."""
    route = evidence.observation.route
    return route if route is not None and route.address == evidence.address else None


def is_unanswered(evidence: Evidence) -> bool:
    """Whether nobody gave a sign of life: silence, or the kernel's own word that it sought in vain."""
    if evidence.this_machine or evidence.answering_controls:
        return False
    sought = evidence.says is Says.HOST and evidence.sender_is is SenderClass.SELF
    return evidence.outcome in _SILENCE or (evidence.outcome is Outcome.UNREACHABLE and sought)


def is_deaf(evidence: Evidence) -> bool:
    """Whether this machine seems to drop the answers itself: about as much was given to nobody as was sent.

    Rules for what comes in meet what IPv6 neighbours say, of which there are a few packets, and not ARP. The
    counts are the whole machine's: beside much other traffic nothing is seen.
    """
    lost, sent = evidence.observation.undelivered or (0, 0)
    unnamed = evidence.observation.resolution.failure is NameFailure.TIMEOUT
    if lost < _SOME or not (unnamed or is_unanswered(evidence)):
        return False
    route = route_of(evidence)
    if route is not None and route.next_is_silent:
        return evidence.is_ipv6
    return sent / 2 <= lost <= _MOST_ANSWERS * sent


def may_have_missed_neighbours(evidence: Evidence) -> bool:
    """Whether what an IPv6 neighbour said may be among the packets that this machine gave to nobody."""
    lost, _ = evidence.observation.undelivered or (0, 0)
    return evidence.is_ipv6 and lost > 0


def stuck_at(evidence: Evidence) -> str | None:
    """The pattern of packets that get no farther than this machine's own link; None: they may."""
    route = route_of(evidence)
    if route is None or not is_unanswered(evidence):
        return None
    if not route.carrier:
        return "own_link_down"
    return "own_gateway_silent" if route.gateway and route.next_is_silent else None


def is_neighbour(evidence: Evidence) -> bool:
    """Whether the address is on a network of this machine, by its routes or by its search for it."""
    route = route_of(evidence)
    if route is not None:
        return route.on_link
    return evidence.says is Says.HOST and evidence.sender_is is SenderClass.SELF


def is_behind_gateway(evidence: Evidence) -> bool:
    """Whether the packets go to a gateway first."""
    route = route_of(evidence)
    return route is not None and route.gateway is not None


def neighbour_answers(evidence: Evidence) -> bool:
    """Whether the address is on this machine's own network, and somebody there says to have it."""
    route = route_of(evidence)
    return route is not None and route.on_link and route.next_answers


def neighbour_is_missing(evidence: Evidence) -> bool:
    """Whether the address is on this machine's own network, and nobody there says to have it."""
    route = route_of(evidence)
    return route is not None and route.on_link and route.next_is_silent and is_unanswered(evidence)


def next_answers(evidence: Evidence) -> bool:
    """Whether the next machine on the way, gateway or target, answers when it is asked for."""
    route = route_of(evidence)
    return route is not None and route.next_answers


def says_but_lives(evidence: Evidence) -> bool:
    """Whether a router calls the target unreachable at once, and another port of it answers.

    A search in vain takes seconds: then the machine is off, and the other port is forwarded to another.
    """
    if evidence.says not in (Says.HOST, Says.NET) or not evidence.from_router:
        return False
    sought = evidence.says is Says.HOST and evidence.after_neighbour_search
    return bool(evidence.answering_controls) and not sought


def is_through_tunnel(evidence: Evidence) -> bool:
    """Whether the packets go into a tunnel."""
    route = route_of(evidence)
    return route is not None and route.tunnel


def tunnel_refuses(evidence: Evidence) -> bool:
    """Whether this machine itself calls the target unreachable, in place of the tunnel that leads there.

    WireGuard does so for an address that is no peer's; netfilter lets the sending of a datagram fail too.
    """
    here = evidence.says is Says.HOST and evidence.sender_is is SenderClass.SELF
    return here and evidence.errno != "EPERM" and is_through_tunnel(evidence)


def rejects_itself(evidence: Evidence) -> bool:
    """Whether this machine calls the target unreachable although the next machine on the way answers it.

    IPv6 changes to another gateway when one is lost (RFC 4861 section 7.3.3): after a search that took its
    time it may be the other that answers.
    """
    here = evidence.says is Says.HOST and evidence.sender_is is SenderClass.SELF
    sought = evidence.after_neighbour_search and is_behind_gateway(evidence)
    return here and next_answers(evidence) and not sought


def passes_own_network_over(evidence: Evidence) -> bool:
    """Whether the packets leave by another device than the one whose network holds the address."""
    route = route_of(evidence)
    return route is not None and route.own_device is not None


def is_at_own_router(evidence: Evidence) -> bool:
    """Whether the address answers at the first hop, behind a gateway: it is that router's own."""
    route, way = route_of(evidence), evidence.way
    return route is not None and route.gateway is not None and way is not None and way.distance == 1
