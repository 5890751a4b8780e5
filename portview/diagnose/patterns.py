"""Which pattern an observation shows: finer than its outcome, still without an opinion on the cause."""

from portview.diagnose.evidence import Evidence
from portview.diagnose.exchanged import pattern_of_exchanges
from portview.diagnose.farewell import says_no
from portview.diagnose.first_step import rejects_itself, says_but_lives, stuck_at, tunnel_refuses
from portview.diagnose.icmp import Says
from portview.diagnose.lies import lie_of
from portview.diagnose.speech import protocols_of
from portview.diagnose.way import Way
from portview.knowledge.speech import greets_first, usual_speech
from portview.probe.records import Closing, NameFailure
from portview.vocabulary import Outcome, SenderClass

# An error of connect() that nobody on the network sent (errno names of Linux).
_POLICY = frozenset({"EPERM", "EACCES"})
_FILES = frozenset({"EMFILE", "ENFILE"})
_NO_ROUTE = frozenset({"ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EHOSTDOWN", "ENONET"})

_SENDERS = {
    SenderClass.TARGET: "target",
    SenderClass.SELF: "self",
    SenderClass.GATEWAY: "router",
    SenderClass.ROUTER: "router",
    None: "unnamed",
}
_UDP_PROHIBITED = {
    "target": "udp_icmp_prohibited",
    "self": "udp_icmp_self",
    "router": "udp_icmp_router",
    "unnamed": "udp_icmp_unnamed",
}


def pattern_of(evidence: Evidence) -> str:
    """The pattern's id, a key of `patterns.toml`; every observation has one."""
    if evidence.primary is None:
        return _name(evidence)
    if evidence.stopped_by_address:
        return f"address_{evidence.address_kind.name.lower()}"
    if stuck := stuck_at(evidence):
        return stuck
    if tunnel_refuses(evidence):
        return "own_tunnel_refuses"
    return _tcp(evidence) if evidence.is_tcp else _udp(evidence)


def _name(evidence: Evidence) -> str:
    if evidence.outcome is Outcome.CANCELLED:
        return "knock_cancelled"
    if evidence.observation.resolution.knowing:
        return "dns_servers_differ"
    return f"dns_{evidence.observation.resolution.failure or NameFailure.OTHER}"


def _tcp(evidence: Evidence) -> str:
    attempt = evidence.primary
    if attempt is None:
        return _name(evidence)
    if attempt.self_connect:
        return "est_self_connect"
    if lie := lie_of(evidence):
        return lie
    match attempt.outcome:
        case Outcome.CONNECTED | Outcome.ANSWERED:
            return _connected(evidence)
        case Outcome.CLOSED_BY_PEER:
            return _closed(evidence)
        case Outcome.REFUSED:
            return _refused(evidence)
        case Outcome.UNREACHABLE:
            return _unreachable(evidence, "tcp")
        case Outcome.TIMED_OUT | Outcome.NO_ANSWER:
            return _silent(evidence)
        case Outcome.LOCAL_ERROR | Outcome.NAME_NOT_RESOLVED | Outcome.CANCELLED:
            return _local(evidence)


def _connected(evidence: Evidence) -> str:
    if exchanged := pattern_of_exchanges(evidence):
        return exchanged
    if evidence.words:
        if says_no(evidence.words):
            return "est_refusing_text"
        spoken, usual = protocols_of(evidence.words), usual_speech(evidence.service)
        if usual and usual not in spoken and (spoken or greets_first(evidence.service)):
            return "est_banner_other_service"
        return "est_banner_ok"
    if evidence.not_heard_out:
        return "est_connected"
    if evidence.words_lost:
        return "est_lost_after_handshake"
    if greets_first(evidence.service):
        return "est_silent_no_greeting"
    return "est_silent"


def _closed(evidence: Evidence) -> str:
    attempt = evidence.primary
    if exchanged := pattern_of_exchanges(evidence):
        return exchanged
    if evidence.words:
        return "est_closed_after_text"
    if not evidence.at_once:
        return "est_closed_after_wait"
    by_reset = attempt is not None and attempt.closed_by is Closing.RST
    return "est_reset_at_once" if by_reset else "est_closed_at_once_fin"


def _refused(evidence: Evidence) -> str:
    if evidence.says is None and evidence.way and (placed := _refused_on_way(evidence.way)):
        return placed
    if evidence.says is None and not evidence.observation.hears_icmp:
        return "tcp_refused"
    if evidence.says is None:
        return "tcp_refused_rst_one_port" if evidence.silent_controls else "tcp_refused_rst"
    return f"tcp_refused_icmp_{_who(evidence)}"


def _refused_on_way(way: Way) -> str | None:
    if way.forwards:
        return "pat_forward_dead_service"
    if way.early_reset is not None:
        return "tcp_refused_rst_before_target"
    return "pat_no_forward" if way.is_left_out else None


def _unreachable(evidence: Evidence, protocol: str) -> str:
    """The patterns of ICMP errors, which TCP and UDP share but for their prefix."""
    if evidence.says is None:
        if evidence.errno in _NO_ROUTE and evidence.quick_as_local:
            return f"{protocol}_net_unreach_local"
        return f"{protocol}_unreach_unnamed"
    if evidence.sender_is is None:
        return f"{protocol}_icmp_other"
    match evidence.says:
        case Says.PROHIBITED:
            return _prohibited(evidence)
        case Says.HOST:
            return _host(evidence)
        case Says.NET if says_but_lives(evidence):
            return "tcp_unreach_but_alive"
        case Says.NET if evidence.from_router:
            return f"{protocol}_net_unreach_router"
        case Says.TTL:
            return f"{protocol}_ttl_exceeded"
        case _:
            return f"{protocol}_icmp_other"


def _prohibited(evidence: Evidence) -> str:
    who = _who(evidence)
    return f"tcp_prohibited_{who}" if evidence.is_tcp else _UDP_PROHIBITED[who]


def _host(evidence: Evidence) -> str:
    protocol = evidence.protocol.value
    if evidence.sender_is is SenderClass.SELF:
        rejected = evidence.is_tcp and rejects_itself(evidence)
        return "tcp_prohibited_self" if rejected else f"{protocol}_host_unreach_lan"
    if says_but_lives(evidence):
        return "tcp_unreach_but_alive"
    if not evidence.is_tcp:
        return "udp_host_unreach_remote"
    if evidence.sender_is is SenderClass.TARGET:
        seen = evidence.way is not None and evidence.way.forwards
        return "pat_forward_dead_host" if seen else "tcp_host_unreach_forward"
    return "tcp_host_unreach_remote" if evidence.after_neighbour_search else "tcp_host_unreach_fast"


def _silent(evidence: Evidence) -> str:
    if evidence.sent is False:
        return "tcp_timeout_not_sent"
    if evidence.way and not evidence.this_machine and (placed := _silent_on_way(evidence, evidence.way)):
        return placed
    if evidence.answering_controls:
        return "tcp_timeout_this_port_host_alive"
    return "tcp_timeout_all_ports" if evidence.silent_controls or evidence.lost_neighbour else "tcp_timeout"


def _silent_on_way(evidence: Evidence, way: Way) -> str | None:
    if way.forwards:
        return "pat_forward_inner_drop"
    if way.first_hop_is_silent:
        return "tcp_timeout_first_hop_silent"
    if way.ends_early:
        return "pat_drop_hop"
    if not way.reaches_last_router or not evidence.answering_controls:
        return None
    return "pat_no_forward" if way.is_left_out else "pat_drop_at_target"


def _local(evidence: Evidence) -> str:
    if evidence.errno in _POLICY:
        return "tcp_local_policy"
    if evidence.errno in _FILES:
        return "tcp_local_emfile"
    if evidence.errno == "EADDRNOTAVAIL":
        return "tcp_local_eaddrnotavail"
    return "tcp_local_invalid" if evidence.errno in ("EINVAL", "EAFNOSUPPORT") else "tcp_local_other"


def _udp(evidence: Evidence) -> str:
    match evidence.outcome:
        case Outcome.ANSWERED | Outcome.CONNECTED | Outcome.CLOSED_BY_PEER:
            elsewhere = evidence.primary is not None and evidence.primary.answered_from
            return "udp_reply_other_addr" if elsewhere else "udp_reply"
        case Outcome.REFUSED:
            return _udp_refused(evidence)
        case Outcome.UNREACHABLE:
            return _unreachable(evidence, "udp")
        case Outcome.TIMED_OUT | Outcome.NO_ANSWER:
            return _udp_silent(evidence)
        case Outcome.LOCAL_ERROR | Outcome.NAME_NOT_RESOLVED | Outcome.CANCELLED:
            return _udp_local(evidence)


def _udp_silent(evidence: Evidence) -> str:
    if evidence.here.hearing:
        return "udp_silent_listener"
    lost = evidence.way is not None and evidence.way.is_lost_on_way
    return "udp_lost_on_way" if lost else "udp_silent"


def _udp_local(evidence: Evidence) -> str:
    if evidence.sender_is is SenderClass.SELF:
        # A REJECT on the way out: the send fails with EPERM, and the ICMP error is queued beside it.
        return "udp_icmp_self"
    return "udp_send_eperm" if evidence.errno in _POLICY else "udp_local_other"


def _udp_refused(evidence: Evidence) -> str:
    return "udp_icmp_port_target" if _who(evidence) == "target" else _UDP_PROHIBITED[_who(evidence)]


def _who(evidence: Evidence) -> str:
    """The sender of the ICMP error, as the ids call it."""
    return _SENDERS[evidence.sender_is]
