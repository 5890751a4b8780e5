"""Nothing came back over TCP. Silence alone never means a firewall: controls tell causes apart."""

from collections.abc import Iterable

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.first_step import is_at_own_router, is_deaf, neighbour_answers, neighbour_is_missing
from portview.diagnose.records import Fact, Finding
from portview.diagnose.rules.say import fact, likely, possible
from portview.knowledge.provider_blocks import blocking
from portview.text import clean
from portview.vocabulary import Outcome

_MAIL = 25
_WEB_PORTS = frozenset({80, 443, 8080, 8443})
_SITE_KINDS = frozenset({AddressKind.PRIVATE, AddressKind.LINK_LOCAL})


def _is_silent(evidence: Evidence) -> bool:
    """No answer over TCP from another machine, and nothing known that kept the packets here."""
    silent = evidence.is_tcp and evidence.outcome is Outcome.TIMED_OUT
    return silent and not evidence.this_machine and evidence.sent is not False


def _others_answer(evidence: Evidence) -> bool:
    return _is_silent(evidence) and bool(evidence.answering_controls)


def _nobody_answers(evidence: Evidence) -> bool:
    forwards = evidence.way is not None and evidence.way.forwards
    return _is_silent(evidence) and not evidence.answering_controls and not forwards


def _is_placed(evidence: Evidence) -> bool:
    """Whether the path says where the packets end, before the target or behind it."""
    way = evidence.way
    return way is not None and (way.is_lost_on_way or way.forwards)


def _control(evidence: Evidence) -> Fact:
    """The control that proves the host alive."""
    control = evidence.answering_controls[0]
    return fact("control_answers", control=str(control.port), control_outcome=control.outcome.value)


def port_dropped(evidence: Evidence) -> Iterable[Finding]:
    """The host is up and this port alone is silent: something drops what is sent to it."""
    if _others_answer(evidence):
        if not _is_placed(evidence):
            yield likely("fw_drop_host", _control(evidence), "silence", "drop_not_closed", weight=50)
        if not _has_no_router(evidence):
            yield possible("fw_drop_path", _control(evidence), "silence", weight=20)
        if evidence.sent is None and not (evidence.way and evidence.way.last_hop):
            yield possible("client_out_drop", _control(evidence), "own_rule_is_silent", weight=10)
        if _is_placed(evidence) and not (evidence.way and evidence.way.forwards):
            return
        yield possible("accept_queue_full", _control(evidence), "many_clients", weight=5)
        yield possible("fail2ban_ban", _control(evidence), "usual_reason")


def _has_no_router(evidence: Evidence) -> bool:
    return evidence.way is not None and (evidence.way.path.on_link or is_at_own_router(evidence))


def filter_before_target(evidence: Evidence) -> Iterable[Finding]:
    """Before a public address there may be a security group, a router or a provider's block."""
    if not _others_answer(evidence) or evidence.address_kind is not AddressKind.PUBLIC:
        return
    forwards = evidence.way is not None and evidence.way.forwards
    if is_at_own_router(evidence):
        if not forwards:
            yield possible("no_port_forward", _control(evidence), "public_router", weight=30)
        return
    yield possible("cloud_sg_drop", _control(evidence), "public_cloud", weight=40)
    if forwards:
        return
    if not evidence.is_ipv6:
        yield possible("no_port_forward", _control(evidence), "public_router", weight=30)
    else:
        yield possible("ipv6_cpe_firewall", _control(evidence), "public_router", weight=30)
    if providers := blocking(evidence.port, evidence.protocol, "in"):
        yield possible(
            "provider_port_block_in", _control(evidence), fact("block_list", providers=providers), weight=25
        )
    if evidence.port in _WEB_PORTS:
        yield possible("icp_filing_missing", _control(evidence), "web_in_china", weight=3)


def windows_stealth(evidence: Evidence) -> Iterable[Finding]:
    """On a home or office network the silent machine is often a Windows PC."""
    if _others_answer(evidence) and evidence.address_kind in _SITE_KINDS and not _is_placed(evidence):
        yield possible("fw_windows", _control(evidence), "usual_reason", weight=30)


def _is_settled(evidence: Evidence) -> bool:
    """Whether this network has said whether the machine is there."""
    settled = neighbour_answers(evidence) or neighbour_is_missing(evidence)
    return settled or evidence.lost_neighbour is not None


def everything_silent(evidence: Evidence) -> Iterable[Finding]:
    """Controls are silent as well: it is about the address."""
    if is_deaf(evidence):
        return
    if _nobody_answers(evidence) and evidence.silent_controls and not _is_settled(evidence):
        short = ("short_wait",) if evidence.short_wait else ()
        last = evidence.way.last_hop if evidence.way else None
        ends = (fact("path_ends", ttl=str(last.ttl), hop=clean(last.sender or "?")),) if last else ()
        yield likely("host_silent", "silence", "controls_silent", *ends, *short, weight=50)


def no_neighbour(evidence: Evidence) -> Iterable[Finding]:
    """A knock made beside this one waited until the search for a neighbour was given up."""
    other = evidence.lost_neighbour
    if _nobody_answers(evidence) and other is not None:
        sender = clean(other.icmp.sender or "?") if other.icmp else "?"
        seen = fact("neighbour_lost", control=str(other.port), own_address=sender)
        yield likely("host_off", "silence", seen, "neighbour_sought", weight=60)


def dropped_or_off(evidence: Evidence) -> Iterable[Finding]:
    """Without a sign of life both stay possible."""
    if not _nobody_answers(evidence) or _is_settled(evidence):
        return
    short = ("short_wait",) if evidence.short_wait else ()
    yield possible("fw_drop_host", "silence", "silence_is_two", *short, weight=40)
    yield possible("host_off", "silence", "silence_is_two", *short, weight=30)
    yield possible("no_return_path", "silence", "usual_reason", weight=1)
    if evidence.address_kind is AddressKind.PUBLIC:
        yield possible("cloud_sg_drop", "silence", "public_cloud", weight=35)
        yield possible("no_port_forward", "silence", "public_router", weight=25)
        if evidence.silent_controls:
            yield possible("ddos_blackhole", "silence", "controls_silent")


def mail_blocked(evidence: Evidence) -> Iterable[Finding]:
    """Outgoing mail is what providers block most."""
    if _is_silent(evidence) and evidence.port == _MAIL and evidence.address_kind is AddressKind.PUBLIC:
        providers = blocking(_MAIL, evidence.protocol, "out")
        because = ("silence", "mail_blocked", fact("block_list", providers=providers))
        if evidence.answering_controls:
            yield likely("provider_port_block_out", _control(evidence), *because, weight=60)
        else:
            yield possible("provider_port_block_out", *because, weight=45)


RULES = (
    port_dropped,
    filter_before_target,
    windows_stealth,
    everything_silent,
    no_neighbour,
    dropped_or_off,
    mail_blocked,
)
