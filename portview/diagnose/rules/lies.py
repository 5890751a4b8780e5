"""Something answers in the target's place."""

from collections.abc import Iterable

from portview.diagnose.evidence import Evidence
from portview.diagnose.exchanged import is_login_required, leads_away
from portview.diagnose.lies import invents_fake_addresses, later_controls, lie_of
from portview.diagnose.records import Fact, Finding
from portview.diagnose.rules.say import certain, fact, likely, possible
from portview.text import clean


def _open_controls(evidence: Evidence) -> Fact:
    ports = dict.fromkeys(str(control.port) for control in evidence.unusual_open_controls)
    return fact("controls_connect", control=", ".join(ports))


def placeholder_address(evidence: Evidence) -> Iterable[Finding]:
    """The name servers invent addresses, for this name as for one that cannot exist."""
    if lie_of(evidence) == "pat_fake_ip_dns" and invents_fake_addresses(evidence):
        addresses = clean(", ".join(evidence.observation.invented or ()))
        yield certain("fake_ip_dns", "address_fake", fact("invented", addresses=addresses), weight=100)


def answers_too_near(evidence: Evidence) -> Iterable[Finding]:
    """The first hop, or this machine, answers for a target that is behind it."""
    lie, way = lie_of(evidence), evidence.way
    if way is None or lie not in ("pat_ttl1_connect", "pat_all_open"):
        return
    control = way.path.control
    if lie == "pat_all_open" or control is None:
        ports = str(control.port) if control else ""
        everything = fact("controls_connect", control=ports)
        yield likely("transparent_proxy_client", "answers_first_hop", everything, weight=90)
        return
    hop = clean(control.hops[0].sender or "?")
    reports = fact("first_hop_reports", control=str(control.port), hop=hop)
    yield likely("transparent_proxy_client", "answers_first_hop", reports, weight=90)


def login_page_too_near(evidence: Evidence) -> Iterable[Finding]:
    """What answers so near sends the browser elsewhere, or says that a login is required."""
    if lie_of(evidence) not in ("pat_ttl1_connect", "pat_all_open") or evidence.http is None:
        return
    if is_login_required(evidence.http) or leads_away(evidence, evidence.http):
        yield likely("captive_portal", "answers_first_hop", "http_answer", "leads_elsewhere", weight=95)


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
    answers_too_near,
    login_page_too_near,
    answers_everything,
    answers_too_soon,
    one_more_connects,
)
