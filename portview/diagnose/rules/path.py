"""Where the packets of a port end: what the hops say that the answer alone does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from portview.diagnose.addresses import AddressKind, kind_of
from portview.diagnose.evidence import Evidence
from portview.diagnose.icmp import Says
from portview.diagnose.records import Fact, Finding
from portview.diagnose.rules.say import certain, fact, likely, possible
from portview.diagnose.way import Way
from portview.knowledge.provider_blocks import blocking
from portview.text import clean
from portview.vocabulary import Outcome, SenderClass

if TYPE_CHECKING:  # a quick knock has none of these
    from portview.probe.path_records import Hop

_NAT_KINDS = frozenset({AddressKind.PUBLIC, AddressKind.CGNAT})


def _unheard(evidence: Evidence) -> Way | None:
    """The way of a port that does not answer over either transport, on another machine."""
    silent = evidence.outcome in (Outcome.TIMED_OUT, Outcome.NO_ANSWER)
    return evidence.way if silent and not evidence.this_machine and evidence.sent is not False else None


def _silent(evidence: Evidence) -> Way | None:
    """The same over TCP, where an open port would answer."""
    return _unheard(evidence) if evidence.is_tcp else None


def _refused(evidence: Evidence) -> Way | None:
    """The way of a port that a RST refused."""
    refused = evidence.is_tcp and evidence.outcome is Outcome.REFUSED and evidence.says is None
    return evidence.way if refused else None


def _ends(hop: Hop) -> Fact:
    return fact("path_ends", ttl=str(hop.ttl), hop=_name(hop))


def _name(hop: Hop | None) -> str:
    return clean(hop.sender) if hop and hop.sender else "?"


def never_left(evidence: Evidence) -> Iterable[Finding]:
    """The kernel's own sending failed: a rule for outgoing packets dropped them, or a full table."""
    if not evidence.is_tcp or evidence.outcome is not Outcome.TIMED_OUT or evidence.sent is not False:
        return
    if evidence.table_is_full:
        yield likely("conntrack_full", "not_sent", "table_full", weight=85)
        yield likely("client_out_drop", "not_sent", "silence", weight=80)
    else:
        yield certain("client_out_drop", "not_sent", "silence", weight=80)


def lost_at_first_hop(evidence: Evidence) -> Iterable[Finding]:
    """The first router reports the packets of other ports only."""
    way = _unheard(evidence)
    if way is None or way.path.control is None or not way.first_hop_is_silent:
        return
    silent = fact("first_hop_silent", control=str(way.path.control.port), hop=_name(way.path.control.hops[0]))
    if not evidence.is_tcp:  # a rule of this machine lets the sending itself fail
        yield likely("fw_drop_path", silent, weight=70)
    elif evidence.sent:
        yield likely("fw_drop_path", silent, "was_sent", weight=70)
    else:
        yield likely("client_out_drop", silent, "own_rule_is_silent", weight=70)
        yield likely("fw_drop_path", silent, weight=65)


def lost_on_the_way(evidence: Evidence) -> Iterable[Finding]:
    """A later router reports the control's packets, and none of this port's."""
    way = _unheard(evidence)
    if way is None or way.last_hop is None or way.path.control is None or not way.ends_early:
        return
    farther = way.path.control.last_hop
    goes_on = fact(
        "path_goes_on",
        control=str(way.path.control.port),
        ttl=str(farther.ttl if farther else 0),
        hop=_name(farther),
    )
    yield likely("fw_drop_path", _ends(way.last_hop), goes_on, "lost_after", "ways_differ", weight=70)
    providers = blocking(evidence.port, evidence.protocol, "in")
    if providers and evidence.address_kind is AddressKind.PUBLIC:
        listed = fact("block_list", providers=providers)
        yield likely("provider_port_block_in", _ends(way.last_hop), goes_on, listed, weight=65)


def lost_at_target(evidence: Evidence) -> Iterable[Finding]:
    """All routers let this port's packets pass, or there is none: the target itself is silent."""
    way = _silent(evidence)
    if way is None or not way.reaches_last_router or not evidence.answering_controls:
        return
    if way.last_hop is None:
        nearest = "no_router" if way.path.on_link else "answers_at_first_hop"
        yield likely("fw_drop_host", nearest, "silence", "drop_not_closed", weight=60)
        return
    last = fact("last_router", ttl=str(way.last_hop.ttl), hop=_name(way.last_hop))
    yield likely("fw_drop_host", last, "silence", "drop_not_closed", weight=60)
    yield possible("fw_drop_path", last, "lost_after", weight=35)


def lost_behind_forward(evidence: Evidence) -> Iterable[Finding]:
    """The address passes the port on, and nothing comes back from behind it."""
    way = _silent(evidence)
    if way is not None and way.forwards:
        yield likely("fw_drop_host", "forward_seen", "silence", weight=70)
        yield possible("forward_wrong_target", "forward_seen", "silence", weight=40)
        yield possible("no_return_path", "forward_seen", "silence", weight=35)


def refused_behind_forward(evidence: Evidence) -> Iterable[Finding]:
    """The address passes the port on, and the machine behind it refuses."""
    way = _refused(evidence)
    if way is not None and way.forwards:
        yield likely("forward_no_listener", "forward_seen", "rst", "rst_from_behind", weight=70)
        yield possible("forward_wrong_target", "forward_seen", "usual_reason", weight=30)


def nobody_behind_forward(evidence: Evidence) -> Iterable[Finding]:
    """The address passes the port on, and then cannot find the machine behind it."""
    found_nobody = evidence.says is Says.HOST and evidence.sender_is is SenderClass.TARGET
    if found_nobody and evidence.way is not None and evidence.way.forwards:
        yield likely("forward_wrong_target", "forward_seen", "icmp_from_target", weight=70)


def not_forwarded(evidence: Evidence) -> Iterable[Finding]:
    """The address passes other ports on, and answers this one itself or swallows it."""
    way = _silent(evidence) or _refused(evidence)
    if way is not None and way.is_left_out:
        ports = ", ".join(map(str, way.forwarded_elsewhere))
        finding = likely if evidence.address_kind in _NAT_KINDS else possible
        yield finding("no_port_forward", fact("forward_elsewhere", ports=ports), weight=75)


def reset_before_target(evidence: Evidence) -> Iterable[Finding]:
    """The RST came from too near to be the target's."""
    way = _refused(evidence)
    if way is None or way.early_reset is None:
        return
    near = fact("early_reset", ttl=str(way.early_reset), distance=str(way.distance))
    if way.early_reset == 1:
        yield likely("fw_reset_path", near, "own_rule_or_gateway", weight=75)
        yield likely("client_out_reject", near, "own_rule_or_gateway", weight=70)
        return
    yield likely(
        "fw_reset_path", near, fact("near_or_before", ttl=str(way.early_reset)), "ways_differ", weight=70
    )
    yield possible("rst_injector", near, "rst_forged", weight=30)


def circles(evidence: Evidence) -> Iterable[Finding]:
    """The same routers report the packet again and again."""
    if not evidence.outcome.is_success and evidence.way and evidence.way.loops:
        yield likely("routing_loop", fact("circle", hops=_list(evidence.way.circle)), weight=80)


def two_translations(evidence: Evidence) -> Iterable[Finding]:
    """Two private hops before a public target: a hint for whoever knocks at a network's own address."""
    way = _silent(evidence) or _refused(evidence)
    if way is None or len(way.inner_hops) < 2 or evidence.address_kind is not AddressKind.PUBLIC:
        return
    shared = [hop for hop in way.inner_hops[1:] if kind_of(hop) is AddressKind.CGNAT]
    if shared:
        # Providers number their own routers from there as well.
        yield possible("cgnat", fact("cgnat_hop", hop=clean(shared[0])), weight=1, aside=True)
    else:
        yield possible("double_nat", fact("inner_hops", hops=_list(way.inner_hops)), aside=True)


def _list(senders: tuple[str, ...]) -> str:
    return clean(", ".join(senders))


RULES = (
    never_left,
    lost_at_first_hop,
    lost_on_the_way,
    lost_at_target,
    lost_behind_forward,
    refused_behind_forward,
    nobody_behind_forward,
    not_forwarded,
    reset_before_target,
    circles,
    two_translations,
)
