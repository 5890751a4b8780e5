"""What each fault of a network looks like from an ordinary user's program, and what it is called."""

from typing import Any

import pytest

from tests.lab.faults import CASES, FAMILIES, orders, set_up
from tests.lab.network import Lab

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def answers(lab: Lab) -> dict[str, Any]:
    """All faults set up, all knocks made; the answers by case."""
    set_up(lab)
    return dict(zip(CASES, lab.knock(orders(lab)), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_observation(name: str, answers: dict[str, Any]) -> None:
    case, fault = CASES[name], CASES[name].fault
    (attempt,) = answers[name]["observation"]["attempts"]
    icmp = attempt["icmp"]
    seen = {
        key: attempt[key]
        for key in ("outcome", "family", "errno", "closed_by", "first_bytes", "self_connect")
    }
    seen["icmp"] = icmp and (icmp["type"], icmp["code"], icmp["sender_is"])
    sender = fault.at if fault.rule == "reject" else fault.sender
    assert seen == {
        "outcome": fault.outcome,
        "family": case.family,
        "errno": fault.errno or (case.icmp and case.icmp[0]),
        "closed_by": fault.closed_by,
        "first_bytes": fault.first_bytes,
        "self_connect": fault.self_connect,
        "icmp": case.icmp and (*case.icmp[1:3], sender),
    }


@pytest.mark.parametrize("name", CASES)
def test_diagnosis(name: str, answers: dict[str, Any]) -> None:
    case, fault = CASES[name], CASES[name].fault
    diagnosis = answers[name]["diagnosis"]
    causes = [cause["id"] for cause in diagnosis["causes"]]
    assert diagnosis["outcome"] == fault.outcome
    assert diagnosis["pattern"] == fault.pattern
    assert causes[0] == case.expected.cause
    assert case.expected.true <= set(causes)
    if fault.rule in ("drop", "as_closed"):
        assert diagnosis["causes"][0]["confidence"] != "certain"


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.fault.rule == "reject"])
def test_a_reject_rule_is_never_taken_for_a_closed_port(name: str, answers: dict[str, Any]) -> None:
    case = CASES[name]
    closed = "closed" if case.fault.protocol == "tcp" else "udp_closed"
    rejected, plain = answers[name]["diagnosis"], answers[f"{closed}-{case.family}"]["diagnosis"]
    assert rejected["pattern"] != plain["pattern"]
    assert rejected["causes"][0]["id"] != plain["causes"][0]["id"]
    assert "no_listener" not in [cause["id"] for cause in rejected["causes"]]


@pytest.mark.parametrize("family", FAMILIES)
def test_controls_tell_a_silent_port_from_a_silent_host(family: str, answers: dict[str, Any]) -> None:
    controls = answers[f"drop_at_target-{family}"]["observation"]["controls"]
    high = [control["port"] for control in controls if control["port"] not in (80, 443)]
    outcomes = {control["port"]: control["outcome"] for control in controls}
    assert len(high) == 1
    assert outcomes == {80: "connected", 443: "refused", high[0]: "refused"}


@pytest.mark.parametrize("name", ["no_local_route-ipv4", "no_ephemeral_port-ipv4", "udp_closed-ipv4"])
def test_no_controls_where_they_tell_nothing(name: str, answers: dict[str, Any]) -> None:
    assert answers[name]["observation"]["controls"] == []
