"""The port was refused before a connection existed: who said no, and with what."""

from collections.abc import Iterable

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.icmp import Says
from portview.diagnose.records import Finding
from portview.diagnose.rules.say import certain, likely, possible
from portview.vocabulary import Outcome, SenderClass

# ICMP host prohibited, RFC 1812 section 5.2.7.1.
_HOST_PROHIBITED = (3, 10)
# ICMPv6 source address failed ingress/egress policy, RFC 4443 section 3.1.
_SOURCE_POLICY = (1, 5)


def _code(evidence: Evidence) -> tuple[int, int] | None:
    """Type and code of the ICMP error."""
    icmp = evidence.primary.icmp if evidence.primary else None
    return (icmp.type, icmp.code) if icmp else None


def _is_rst(evidence: Evidence) -> bool:
    """A RST from the network; on this machine with known listeners the listeners say more."""
    return (
        evidence.is_tcp
        and evidence.outcome is Outcome.REFUSED
        and evidence.says is None
        and evidence.observation.hears_icmp
        and evidence.here.listeners is None
        and not (evidence.primary and evidence.primary.self_connect)
        and not (evidence.way and (evidence.way.early_reset or evidence.way.forwards))
    )


def closed_by_rst(evidence: Evidence) -> Iterable[Finding]:
    """A RST is the kernel's answer for a port without a listener."""
    if _is_rst(evidence):
        passes = ("controls_silent", "one_port_passes") if evidence.silent_controls else ()
        yield likely("no_listener", "rst", "rst_means_closed", *passes, weight=50)


def listens_elsewhere(evidence: Evidence) -> Iterable[Finding]:
    """A listener on another address or port gives the same RST."""
    if not _is_rst(evidence):
        return
    if evidence.address_kind is AddressKind.LOOPBACK:
        yield possible("bound_other_address", "rst", "usual_reason", weight=40)
    else:
        yield possible("bound_loopback", "rst", "usual_reason", weight=40)
    yield possible("wrong_port", "rst", "usual_reason", weight=30)


def router_refuses(evidence: Evidence) -> Iterable[Finding]:
    """Behind a public address there may be a router that answers for itself."""
    if _is_rst(evidence) and evidence.address_kind is AddressKind.PUBLIC:
        yield possible("no_port_forward", "rst", "public_router", weight=20)


def forged_rst(evidence: Evidence) -> Iterable[Finding]:
    """A rule, on the target or before it, can answer with a RST too."""
    if _is_rst(evidence):
        yield possible("fw_reset_host", "rst", "usual_reason", weight=10)
        if not (evidence.this_machine or (evidence.way and evidence.way.path.on_link)):
            yield possible("fw_reset_path", "rst", "usual_reason", weight=-1)
        own_hop = evidence.way is not None and evidence.way.distance == evidence.way.path.target.answer_ttl
        if evidence.address_kind is AddressKind.PUBLIC and not own_hop:
            yield possible("rst_injector", "rst", "rst_forged", weight=0)


def refused_untold(evidence: Evidence) -> Iterable[Finding]:
    """Where the system keeps ICMP errors to itself, a closed port and a rejected one look the same."""
    if not evidence.is_tcp or evidence.outcome is not Outcome.REFUSED or evidence.observation.hears_icmp:
        return
    if evidence.here.listeners is not None or (evidence.primary and evidence.primary.self_connect):
        return
    yield possible("no_listener", "refused_untold", "usual_reason", weight=50)
    loopback = evidence.address_kind is AddressKind.LOOPBACK
    elsewhere = "bound_other_address" if loopback else "bound_loopback"
    yield possible(elsewhere, "refused_untold", "usual_reason", weight=40)
    yield possible("wrong_port", "refused_untold", "usual_reason", weight=30)
    yield possible("fw_reject_host", "refused_untold", weight=20)
    if not evidence.this_machine:
        yield possible("fw_reject_path", "refused_untold", weight=10)


def _behind_rule(evidence: Evidence) -> tuple[str, ...]:
    """What is known of whom the rule keeps out of reach.

    It may be a rule of a machine behind the target, whose errors bear the target's address too.
    """
    if not evidence.this_machine:
        passed_on = ("forward_seen",) if evidence.way and evidence.way.forwards else ()
        return (*passed_on, "behind_rule")
    if evidence.here.hearing is not None:
        return ("here_listener",)
    return ("here_no_listener",) if evidence.here.listeners == () else ()


def rejected_by_target(evidence: Evidence) -> Iterable[Finding]:
    """The target itself answers a TCP handshake with ICMP: only a rule does that."""
    if not evidence.is_tcp or evidence.sender_is is not SenderClass.TARGET:
        return
    if evidence.says is Says.PORT:
        yield certain("fw_reject_host", "refused_by_icmp_target", *_behind_rule(evidence))
        if not evidence.this_machine:
            yield possible("fail2ban_ban", "icmp_from_target", "usual_reason", weight=20)
        if evidence.is_node_port:
            yield possible("k8s_no_endpoints", "icmp_from_target", "nodeport", weight=30)


def prohibited_by_target(evidence: Evidence) -> Iterable[Finding]:
    """The target itself says that a rule forbids it."""
    if evidence.says is not Says.PROHIBITED or evidence.sender_is is not SenderClass.TARGET:
        return
    yield certain("fw_reject_host", "icmp_from_target", "rule_not_route", *_behind_rule(evidence))
    if _code(evidence) == _HOST_PROHIBITED and evidence.address_kind is AddressKind.PUBLIC:
        yield possible("oracle_image_iptables", "icmp_from_target", "oracle_default")


def rejected_on_the_way(evidence: Evidence) -> Iterable[Finding]:
    """A router that is not the target refuses in its place."""
    if evidence.from_router and evidence.says in (Says.PORT, Says.PROHIBITED):
        if evidence.is_ipv6 and _code(evidence) == _SOURCE_POLICY:
            yield likely("source_rejected", "icmp_from_router", "source_policy", weight=50)
            yield possible("fw_reject_path", "icmp_from_router", weight=10)
            return
        gateway = evidence.sender_is is SenderClass.GATEWAY
        yield certain("fw_reject_path", "icmp_from_gateway" if gateway else "icmp_from_router")
        if evidence.is_node_port and evidence.says is Says.PORT:
            yield possible("k8s_no_endpoints", "icmp_from_router", "nodeport")


def rejected_here(evidence: Evidence) -> Iterable[Finding]:
    """This machine refused its own packet."""
    if evidence.sender_is is SenderClass.SELF and evidence.says in (Says.PORT, Says.PROHIBITED):
        yield certain("client_out_reject", "icmp_from_self")


def rejected_by_somebody(evidence: Evidence) -> Iterable[Finding]:
    """A refusal by ICMP whose sender the kernel does not name."""
    if evidence.sender_is is not None:
        return
    if evidence.says is Says.PROHIBITED or (evidence.is_tcp and evidence.says is Says.PORT):
        yield likely("fw_reject_host", "icmp_unnamed", weight=10)
        yield possible("fw_reject_path", "icmp_unnamed")


RULES = (
    closed_by_rst,
    listens_elsewhere,
    router_refuses,
    forged_rst,
    refused_untold,
    rejected_by_target,
    prohibited_by_target,
    rejected_on_the_way,
    rejected_here,
    rejected_by_somebody,
)
