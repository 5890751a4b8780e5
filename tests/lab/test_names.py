"""Names that resolve, and each way in which they do not."""

from typing import Any

import pytest

from tests.lab.names import BOTH, FOUR, NAMES, SERVER, orders, set_up
from tests.lab.network import Lab

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def answers(lab: Lab) -> dict[str, Any]:
    set_up(lab)
    return dict(zip(NAMES, lab.knock(orders(lab)), strict=True))


@pytest.mark.parametrize("case", NAMES)
def test_resolution(case: str, answers: dict[str, Any]) -> None:
    name = NAMES[case]
    resolution = answers[case]["observation"]["resolution"]
    seen = tuple(resolution[key] for key in ("failure", "source", "system_error"))
    assert seen == (name.failure, name.source, name.system_error)
    assert set(resolution["addresses"]) == name.addresses


@pytest.mark.parametrize("case", NAMES)
def test_diagnosis(case: str, answers: dict[str, Any]) -> None:
    name = NAMES[case]
    diagnosis = answers[case]["diagnosis"]
    assert (diagnosis["outcome"], diagnosis["pattern"]) == (name.outcome, name.pattern)
    causes = [cause["id"] for cause in diagnosis["causes"]]
    assert {name.cause} | name.expected(case).true <= set(causes)
    # A name that led astray comes first, whatever is certain of the machine that it led to.
    assert causes[0] == name.cause


@pytest.mark.parametrize(("case", "servers"), [("nxdomain", [SERVER]), ("no_server", []), ("one", [])])
def test_name_servers_that_were_asked(case: str, servers: list[str], answers: dict[str, Any]) -> None:
    assert answers[case]["observation"]["resolution"]["servers"] == servers


def test_every_address_of_a_name_is_tried(answers: dict[str, Any]) -> None:
    attempts = answers["several"]["observation"]["attempts"]
    outcomes = {attempt["address"]: attempt["outcome"] for attempt in attempts}
    assert set(outcomes) == FOUR
    assert {address for address, outcome in outcomes.items() if outcome == "connected"} == BOTH


def test_an_ssh_port_is_connected_to_twice_at_most(answers: dict[str, Any]) -> None:
    ended = [attempt["outcome"] for attempt in answers["several_ssh"]["observation"]["attempts"]]
    assert ended.count("connected") in (1, 2)  # the lookup may give a dead address first
    assert answers["several_ssh"]["observation"]["path"] is None


def test_who_makes_a_lookup_slow(answers: dict[str, Any]) -> None:
    assert answers["second_server"]["observation"]["resolution"]["silent_servers"] == ["10.77.3.98"]
    assert answers["half"]["observation"]["resolution"]["silent_servers"] == []
    assert answers["half"]["observation"]["resolution"]["unanswered"] == ["ipv6"]
    assert answers["one"]["observation"]["resolution"]["unanswered"] == []


def test_dns_is_asked_for_a_name_of_the_hosts_file(answers: dict[str, Any]) -> None:
    assert set(answers["moved"]["observation"]["resolution"]["dns_addresses"]) == BOTH
    assert answers["hosts"]["observation"]["resolution"]["dns_addresses"] is None


@pytest.mark.parametrize(
    ("case", "completed"),
    [
        ("short", "one.lab.test"),
        ("gone_by_search", "gone.lab.test"),
        ("mistyped", "wild.exmaple.com.lab.test"),
        ("one", None),
        ("moved", None),
    ],
)
def test_what_the_search_list_completed(case: str, completed: str | None, answers: dict[str, Any]) -> None:
    assert answers[case]["observation"]["resolution"]["completed"] == completed
