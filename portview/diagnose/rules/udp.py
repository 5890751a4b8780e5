"""UDP's own outcomes: an answer, a refusal, or a silence that proves nothing."""

from collections.abc import Iterable

from portview.diagnose.addresses import AddressKind
from portview.diagnose.datagrams import dns_refusal, ntp_is_lost, ntp_kiss
from portview.diagnose.evidence import Evidence
from portview.diagnose.records import Finding
from portview.diagnose.rules.say import Item, certain, fact, likely, possible
from portview.probe.payloads import has_question
from portview.text import clean
from portview.vocabulary import Outcome, SenderClass

# Services that never answer a stranger, or only a well-formed request.
_STRICT = frozenset(
    {
        "wireguard",
        "openvpn",
        "isakmp",
        "ipsec-nat-t",
        "zerotier",
        "tailscale",
        "snmp",
        "radius",
        "l2tp",
    }
)


_KISSES = {"RATE": "rate_limited", "DENY": "access_list", "RSTR": "access_list"}
_DNS_CAUSES = {"REFUSED": "dns_refused", "SERVFAIL": "dns_servfail"}


def turned_down(evidence: Evidence) -> Iterable[Finding]:
    """A datagram came back, and says no."""
    one = evidence.primary
    if evidence.is_tcp or evidence.outcome is not Outcome.ANSWERED or one is None:
        return
    if rcode := dns_refusal(one):
        # A server of a zone refuses everybody else's questions, and is well.
        yield likely(_DNS_CAUSES[rcode], fact("dns_says", rcode=rcode), weight=10)
    elif kiss := ntp_kiss(one):
        yield certain(_KISSES.get(kiss, "ntp_no_time"), fact("ntp_kiss", kiss=kiss), weight=10)
    elif ntp_is_lost(one):
        yield certain("ntp_no_time", "ntp_unsynchronised", weight=10)


def answered(evidence: Evidence) -> Iterable[Finding]:
    """A datagram came back, from where it was expected or from elsewhere."""
    if evidence.is_tcp or evidence.outcome not in (Outcome.ANSWERED, Outcome.CONNECTED):
        return
    sender = evidence.primary.answered_from if evidence.primary else None
    if sender is None:
        yield certain("healthy", "datagram_back")
        return
    elsewhere = fact("datagram_elsewhere", sender_and_port=sender)
    if sender.split(" ")[0] == evidence.address:
        # A new port for each exchange is how TFTP works (RFC 1350 section 4).
        yield likely("healthy", elsewhere, "port_per_exchange")
    else:
        yield likely("udp_reply_other_addr", elsewhere, "clients_drop_strays")


def port_unreachable(evidence: Evidence) -> Iterable[Finding]:
    """The target's ICMP port unreachable: closed, or rejected in the same words."""
    if evidence.is_tcp or evidence.outcome is not Outcome.REFUSED or evidence.here.listeners is not None:
        return
    if evidence.sender_is is SenderClass.TARGET:
        yield likely("no_listener", "icmp_from_target", weight=20)
        if evidence.address_kind is not AddressKind.LOOPBACK:
            yield possible("bound_loopback", "icmp_from_target", "usual_reason", weight=15)
        yield possible("fw_reject_host", "icmp_from_target", "reject_looks_closed", weight=10)
    elif evidence.sender_is is None:
        yield likely("no_listener", "icmp_unnamed" if evidence.says else "local_errno", weight=20)
        yield possible("fw_reject_path", "icmp_unnamed" if evidence.says else "local_errno")


def silent(evidence: Evidence) -> Iterable[Finding]:
    """Open or filtered, until a valid request or a look at the target says more."""
    if evidence.is_tcp or evidence.outcome not in (Outcome.NO_ANSWER, Outcome.TIMED_OUT):
        return
    if evidence.here.hearing is not None:
        yield likely("needs_valid_payload", "here_listener", "no_datagram", "udp_may_ignore", weight=50)
        yield possible("fw_drop_host", "here_listener", "no_datagram")
        return
    asked = ("udp_asked",) if has_question(evidence.port) else ()
    alive = _alive(evidence)
    yield likely(
        "udp_open_or_filtered", "no_datagram", *_reported(evidence), *alive, "udp_silence", *asked, weight=50
    )
    if evidence.service in _STRICT:
        yield possible("needs_valid_payload", "no_datagram", "udp_strict", weight=40)
    if not evidence.this_machine:
        yield possible("fw_drop_host", "no_datagram", *(alive or ("silence_is_two",)), weight=20)
        if not alive:
            yield possible("host_off", "no_datagram", "silence_is_two", weight=10)


def _reported(evidence: Evidence) -> tuple[Item, ...]:
    """How far the datagrams are reported: the target itself does so when it passes them on."""
    way = evidence.way
    if way is None or way.forwards:
        return ("forward_seen",) if way else ()
    last = way.last_hop
    return (fact("path_ends", ttl=str(last.ttl), hop=clean(last.sender or "?")),) if last else ()


def _alive(evidence: Evidence) -> tuple[Item, ...]:
    """What shows that the machine is up and reports closed ports; nothing where it is not seen."""
    refusing = (one for one in evidence.answering_controls if one.outcome is Outcome.REFUSED)
    if (one := next(refusing, None)) is None:
        return ()
    answers = fact("control_answers", control=str(one.port), control_outcome=one.outcome.value)
    return answers, "closed_reports"


RULES = (turned_down, answered, port_unreachable, silent)
