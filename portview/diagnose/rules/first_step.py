"""What this machine's own end of the way explains: its link, its gateway, its routes, its network."""

from collections.abc import Iterable

from portview.diagnose.addresses import AddressKind, kind_of
from portview.diagnose.evidence import Evidence
from portview.diagnose.first_step import (
    is_at_own_router,
    is_deaf,
    is_through_tunnel,
    is_unanswered,
    may_have_missed_neighbours,
    neighbour_answers,
    neighbour_is_missing,
    passes_own_network_over,
    route_of,
    stuck_at,
    tunnel_refuses,
)
from portview.diagnose.icmp import Says
from portview.diagnose.records import Finding
from portview.diagnose.rules.say import certain, fact, likely, possible
from portview.vocabulary import Outcome, SenderClass

_INNER = frozenset({AddressKind.PRIVATE, AddressKind.CGNAT, AddressKind.LINK_LOCAL})


def link_is_down(evidence: Evidence) -> Iterable[Finding]:
    """The device that the packets leave by has no carrier."""
    if stuck_at(evidence) == "own_link_down":
        yield certain("link_down", "no_carrier", weight=90)


def gateway_is_silent(evidence: Evidence) -> Iterable[Finding]:
    """The gateway does not answer on this machine's own network."""
    if stuck_at(evidence) == "own_gateway_silent":
        if evidence.short_wait and evidence.outcome is not Outcome.UNREACHABLE:
            yield likely("gateway_down", "gateway_silent", "short_wait", weight=85)
        elif may_have_missed_neighbours(evidence):
            yield likely("gateway_down", "gateway_silent", weight=85)
        else:
            yield certain("gateway_down", "gateway_silent", weight=85)


def nobody_has_the_address(evidence: Evidence) -> Iterable[Finding]:
    """The address is on this machine's own network, and nobody there says to have it."""
    if stuck_at(evidence) is None and neighbour_is_missing(evidence):
        yield likely("host_off", "nobody_has_it", weight=60)
        yield possible("lan_isolated", "nobody_has_it", "usual_reason", weight=30)
        yield possible("wrong_netmask", "nobody_has_it", "usual_reason", weight=25)


def machine_is_up(evidence: Evidence) -> Iterable[Finding]:
    """The address is silent on all ports tried, and somebody on this network says to have it."""
    silent = evidence.is_tcp and is_unanswered(evidence) and evidence.outcome is Outcome.TIMED_OUT
    if silent and neighbour_answers(evidence):
        every = ("controls_silent",) if evidence.silent_controls else ()
        finding = possible if is_deaf(evidence) else likely
        yield finding("fw_drop_host", "neighbour_up", "silence", *every, weight=60)
        yield possible("no_return_path", "neighbour_up", "silence", weight=50)


def answers_end_here(evidence: Evidence) -> Iterable[Finding]:
    """What came for this machine was given to nobody, and it was about as much as was sent in vain."""
    if is_deaf(evidence):
        lost, sent = evidence.observation.undelivered or (0, 0)
        arrivals = fact("arrivals_lost", lost=str(lost), sent=str(sent))
        yield likely("client_in_drop", arrivals, "drops_arrivals", weight=95)


def leaves_elsewhere(evidence: Evidence) -> Iterable[Finding]:
    """A VPN or another route takes the packets of an address that is on a network of this machine."""
    if not is_unanswered(evidence):
        return
    if passes_own_network_over(evidence):
        yield likely("vpn_split_tunnel", "leaves_by", "passed_over", weight=80)
    elif is_through_tunnel(evidence) and not tunnel_refuses(evidence):
        hops = evidence.way is not None and evidence.way.last_hop is not None
        takes_all = evidence.address_kind is AddressKind.PUBLIC  # an inner network may well be behind it
        if takes_all and evidence.silent_controls and not hops:
            yield likely("vpn_split_tunnel", "leaves_by_tunnel", "controls_silent", weight=55)
        else:
            yield possible("vpn_split_tunnel", "leaves_by_tunnel", weight=45)


def router_has_no_uplink(evidence: Evidence) -> Iterable[Finding]:
    """This machine's own router cannot pass on what is meant for the internet.

    A router that finds nobody may also be in the target's own network, where a machine is off: less so when
    it has an inner address, and this machine too.
    """
    if evidence.says not in (Says.HOST, Says.NET) or evidence.sender_is is not SenderClass.GATEWAY:
        return
    if evidence.address_kind is not AddressKind.PUBLIC or evidence.answering_controls:
        return
    one = evidence.primary
    ends = (one.icmp.sender if one and one.icmp else None, one.local_address if one else None)
    if evidence.says is Says.NET or all(end is None or kind_of(end) in _INNER for end in ends):
        yield likely("uplink_down", "icmp_from_gateway", "public_needs_uplink", weight=60)
    else:
        yield possible("uplink_down", "icmp_from_gateway", "public_needs_uplink", weight=60)


def own_router_from_inside(evidence: Evidence) -> Iterable[Finding]:
    """The public address is that of the router before this machine, and was asked from inside."""
    closed = evidence.outcome is Outcome.REFUSED and evidence.says is None
    if not evidence.is_tcp or not (closed or evidence.outcome is Outcome.TIMED_OUT):
        return
    route = route_of(evidence)
    inside = route is not None and route.source is not None and kind_of(route.source) in _INNER
    if inside and evidence.address_kind is AddressKind.PUBLIC and is_at_own_router(evidence):
        yield likely("hairpin_missing", "answers_at_first_hop", "from_inside", "own_router", weight=76)


RULES = (
    link_is_down,
    gateway_is_silent,
    nobody_has_the_address,
    machine_is_up,
    answers_end_here,
    leaves_elsewhere,
    router_has_no_uplink,
    own_router_from_inside,
)
