"""An ICMP error says that the target, its network or the way to it is missing (TCP and UDP alike)."""

from collections.abc import Iterable

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.first_step import (
    is_behind_gateway,
    next_answers,
    rejects_itself,
    says_but_lives,
    stuck_at,
    tunnel_refuses,
)
from portview.diagnose.icmp import Says
from portview.diagnose.records import Fact, Finding
from portview.diagnose.rules.say import fact, likely, possible
from portview.vocabulary import Outcome, SenderClass


def neighbour_missing(evidence: Evidence) -> Iterable[Finding]:
    """This machine's own search for the next machine on its network failed."""
    if evidence.says is not Says.HOST or evidence.sender_is is not SenderClass.SELF or stuck_at(evidence):
        return
    if evidence.errno == "EPERM":
        yield likely("client_out_reject", "icmp_from_self", "eperm_out", weight=50)
    elif tunnel_refuses(evidence):
        yield likely("tunnel_no_peer", "icmp_from_self", "leaves_by_tunnel", "tunnel_turns_down", weight=60)
        yield possible("client_out_reject", "icmp_from_self")
    elif rejects_itself(evidence):
        yield likely("client_out_reject", "icmp_from_self", "next_is_up", weight=50)
    else:
        missing = "gateway_down" if is_behind_gateway(evidence) else "host_off"
        finding = possible if next_answers(evidence) else likely
        yield finding(missing, "icmp_from_self", _search(evidence), weight=50)
        if not evidence.after_neighbour_search:
            yield possible("client_out_reject", "icmp_from_self")


def _search(evidence: Evidence) -> str:
    """The fact that names the search for a neighbour: made for this knock, or for an earlier one."""
    return "neighbour_silent" if evidence.after_neighbour_search else "neighbour_known_dead"


def last_router_finds_nobody(evidence: Evidence) -> Iterable[Finding]:
    """The router at the target's network searched in vain, now or a moment ago."""
    if evidence.says is not Says.HOST or not evidence.from_router or says_but_lives(evidence):
        return
    lives = tuple(_answers(evidence)[:1])
    yield likely("host_off", "icmp_from_router", _search(evidence), weight=50, against=lives)
    yield possible("fw_reject_path", "icmp_from_router")


def unreachable_but_alive(evidence: Evidence) -> Iterable[Finding]:
    """A router calls the target unreachable, and another port of the same address answers."""
    if says_but_lives(evidence):
        alive = _answers(evidence)[0]
        yield likely("fw_reject_path", "icmp_from_router", alive, "alive_so_a_rule", weight=60)


def _answers(evidence: Evidence) -> list[Fact]:
    return [
        fact("control_answers", control=str(control.port), control_outcome=control.outcome.value)
        for control in evidence.answering_controls
    ]


def target_cannot_pass_it_on(evidence: Evidence) -> Iterable[Finding]:
    """The target's own address reports a host unreachable: a router with a forward, or a rule."""
    if evidence.says is not Says.HOST or evidence.sender_is is not SenderClass.TARGET:
        return
    if evidence.after_neighbour_search:
        yield likely("forward_wrong_target", "icmp_from_target", "forward_behind", "neighbour_silent")
        yield possible("fw_reject_host", "icmp_from_target")
    else:
        yield likely("fw_reject_host", "icmp_from_target", weight=10)
        yield possible("forward_wrong_target", "icmp_from_target", "forward_behind")


def network_missing(evidence: Evidence) -> Iterable[Finding]:
    """A router has no route; another sender of such an error is a rule that pretends to be one."""
    if evidence.says is not Says.NET:
        return
    if evidence.from_router and not evidence.answering_controls:
        yield likely("route_missing", "icmp_from_router", weight=50)
        if evidence.address_kind is AddressKind.PUBLIC:
            yield possible("ddos_blackhole", "icmp_from_router", weight=10)
        yield possible("fw_reject_path", "icmp_from_router")
    elif evidence.sender_is is SenderClass.TARGET:
        yield likely("fw_reject_host", "icmp_from_target")
    elif evidence.sender_is is SenderClass.SELF:
        yield likely("client_out_reject", "icmp_from_self")


def loop(evidence: Evidence) -> Iterable[Finding]:
    """The packet used up the hops of an ordinary packet."""
    if evidence.says is Says.TTL:
        named = "icmp_unnamed" if evidence.sender_is is None else "icmp_from_router"
        yield likely("routing_loop", named, "ttl_used_up")


def unusual(evidence: Evidence) -> Iterable[Finding]:
    """An error that neither routes nor rules usually give: its sender is all that is known."""
    if evidence.outcome is not Outcome.UNREACHABLE or evidence.says is not Says.OTHER:
        return
    if evidence.from_router:
        yield possible("fw_reject_path", "icmp_from_router", weight=10)
        yield possible("route_missing", "icmp_from_router")
    elif evidence.sender_is is SenderClass.TARGET:
        yield possible("fw_reject_host", "icmp_from_target")
    elif evidence.sender_is is SenderClass.SELF:
        yield possible("client_out_reject", "icmp_from_self")


def unnamed(evidence: Evidence) -> Iterable[Finding]:
    """The kernel reports an unreachable target, and nobody is named."""
    if evidence.outcome is not Outcome.UNREACHABLE or evidence.sender_is is not None:
        return
    if evidence.says is None and evidence.quick_as_local:
        return  # decided here, by this machine's routes
    if evidence.says in (Says.PORT, Says.PROHIBITED, Says.TTL):
        return
    named = "local_errno" if evidence.says is None else "icmp_unnamed"
    yield possible("host_off", named, weight=20)
    yield possible("route_missing", named, weight=10)
    yield possible("fw_reject_host", named)


RULES = (
    neighbour_missing,
    last_router_finds_nobody,
    unreachable_but_alive,
    target_cannot_pass_it_on,
    network_missing,
    loop,
    unusual,
    unnamed,
)
