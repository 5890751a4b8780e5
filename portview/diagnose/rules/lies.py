"""Something answers in the target's place."""

from collections.abc import Iterable

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.exchanged import is_login_required, leads_away
from portview.diagnose.lies import invents_fake_addresses, later_controls, leads_all_names_here, lie_of
from portview.diagnose.records import Fact, Finding
from portview.diagnose.rules.say import certain, fact, likely, possible
from portview.text import clean

_NEARER = frozenset({"pat_ttl1_connect", "pat_near_connect", "pat_all_open"})


def _open_controls(evidence: Evidence) -> Fact:
    ports = dict.fromkeys(str(control.port) for control in evidence.unusual_open_controls)
    return fact("controls_connect", control=", ".join(ports))


def placeholder_address(evidence: Evidence) -> Iterable[Finding]:
    """The name servers invent addresses, for this name as for one that cannot exist."""
    if lie_of(evidence) == "pat_fake_ip_dns" and invents_fake_addresses(evidence):
        addresses = clean(", ".join(evidence.observation.invented or ()))
        yield certain("fake_ip_dns", "address_fake", fact("invented", addresses=addresses), weight=100)


def one_address_for_all(evidence: Evidence) -> Iterable[Finding]:
    """Every name leads to this address: the name says nothing about the machine there."""
    if leads_all_names_here(evidence) and evidence.address_kind is not AddressKind.FAKE_IP:
        addresses = clean(", ".join(evidence.observation.invented or ()))
        same = fact("invented", addresses=addresses)
        yield likely(
            "captive_portal", "name_gave_address", same, "portal_leads_names", weight=100, astray=True
        )


def answers_too_near(evidence: Evidence) -> Iterable[Finding]:
    """This machine, its gateway or a router near it answers for a target that is behind it."""
    lie, way = lie_of(evidence), evidence.way
    if way is None or lie not in _NEARER or (control := way.path.control) is None:
        return
    ttl = way.path.target.answer_ttl
    near = fact("answers_nearer", ttl=str(ttl))
    if lie == "pat_all_open":
        everything = fact("controls_connect", control=str(control.port))
        yield likely("transparent_proxy_client", near, everything, weight=90)
        return
    hop = next((clean(hop.sender) for hop in control.hops if hop.ttl == ttl and hop.sender), "?")
    reports = fact("nearer_hop_reports", control=str(control.port), hop=hop, ttl=str(ttl))
    yield likely("transparent_proxy_client", near, reports, weight=90)


def login_page_too_near(evidence: Evidence) -> Iterable[Finding]:
    """What answers so near sends the browser elsewhere, or says that a login is required; or may do so."""
    way = evidence.way
    if way is None or lie_of(evidence) not in _NEARER or evidence.http is None:
        return
    near = fact("answers_nearer", ttl=str(way.path.target.answer_ttl))
    if is_login_required(evidence.http) or leads_away(evidence, evidence.http):
        yield likely("captive_portal", near, "http_answer", "leads_elsewhere", weight=95)
    elif evidence.tls is None:
        yield possible("captive_portal", near, "http_answer", "portal_in_place", weight=85)


def answers_everything(evidence: Evidence) -> Iterable[Finding]:
    """Random ports connect as well: before the target, or on this side."""
    if lie_of(evidence) != "pat_all_open_this_host":
        return
    open_controls = _open_controls(evidence)
    if evidence.way and evidence.way.path.target.last_hop:
        passes = ("first_hop_passes",)
        yield likely("syn_proxy", open_controls, "random_ports", *passes, weight=90)
        yield possible("transparent_proxy_client", open_controls, "random_ports", weight=80)
    else:
        yield likely("transparent_proxy_client", open_controls, "random_ports", weight=90)
        yield possible("syn_proxy", open_controls, "random_ports", weight=80)


def answers_too_soon(evidence: Evidence) -> Iterable[Finding]:
    """The handshake takes far less time than the way to the machine that refuses the other ports."""
    if lie_of(evidence) != "pat_handshake_too_fast" or evidence.primary is None:
        return
    soonest = min(control.elapsed_ms for control in later_controls(evidence))
    times = fact("handshake_fast", control_time=f"{soonest:.0f} ms")
    yield likely("transparent_proxy_client", times, "nearer_machine", weight=90)


def one_more_connects(evidence: Evidence) -> Iterable[Finding]:
    """A single random port that connects may be a service: only a hint."""
    if not evidence.is_tcp or evidence.this_machine or not evidence.outcome.had_handshake:
        return
    if lie_of(evidence) is None and evidence.unusual_open_controls:
        yield possible("transparent_proxy_client", _open_controls(evidence), weight=60)


RULES = (
    placeholder_address,
    one_address_for_all,
    answers_too_near,
    login_page_too_near,
    answers_everything,
    answers_too_soon,
    one_more_connects,
)
