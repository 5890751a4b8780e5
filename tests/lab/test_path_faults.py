"""What the path tells of each fault: where packets end, who passes them on, who answers in between."""

import json
from typing import Any

import pytest

from tests.lab.network import Lab
from tests.lab.path_faults import CASES, FAKE, order, orders, set_up

pytestmark = pytest.mark.lab

_MOST_SYNS = 40


@pytest.fixture(scope="module")
def network(lab: Lab) -> Lab:
    """All faults set up."""
    set_up(lab)
    return lab


@pytest.fixture(scope="module")
def answers(network: Lab) -> dict[str, Any]:
    """All knocks made; the answers by case."""
    return dict(zip([*CASES, FAKE], network.knock(orders(network)), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_diagnosis(name: str, answers: dict[str, Any]) -> None:
    fault = CASES[name].fault
    diagnosis = answers[name]["diagnosis"]
    causes = [cause["id"] for cause in diagnosis["causes"]]
    assert diagnosis["outcome"] == fault.outcome
    assert diagnosis["pattern"] == fault.pattern
    assert causes[0] == fault.cause
    assert diagnosis["causes"][0]["confidence"] == fault.confidence
    assert CASES[name].expected.true <= set(causes)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.fault.distance])
def test_path(name: str, answers: dict[str, Any]) -> None:
    fault = CASES[name].fault
    document = answers[name]["path"]
    assert (document["target_ttl"], document["last_answering_ttl"]) == (fault.distance, fault.last)


def _syns(lab: Lab) -> int:
    """How many SYNs the client has sent so far."""
    counters = json.loads(lab.run("client", ["nft", "--json", "list", "counter", "inet", "path", "syns"]))
    return int(next(one["counter"]["packets"] for one in counters["nftables"] if "counter" in one))


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("dropped_at_target-ipv4", _MOST_SYNS),
        ("all_dropped_in_gateway-ipv6", _MOST_SYNS),
        ("forward_without_service-ipv4", _MOST_SYNS),
        ("proxy_for_all_ports-ipv4", _MOST_SYNS),
        ("open-ipv6", 7),  # the port, two hops, and one port that nobody uses with its hops
    ],
)
def test_few_packets(name: str, most: int, network: Lab) -> None:
    before = _syns(network)
    network.knock([order(network, CASES[name], timeout_s=5.0)])
    assert 0 < _syns(network) - before <= most


def test_fake_address(answers: dict[str, Any]) -> None:
    answer = answers[FAKE]
    assert answer["observation"]["invented"] == ["198.18.0.7"]
    assert answer["diagnosis"]["pattern"] == "pat_fake_ip_dns"
    first = answer["diagnosis"]["causes"][0]
    assert (first["id"], first["confidence"]) == ("fake_ip_dns", "certain")


def test_words_lost_at_any_size_are_no_black_hole(network: Lab) -> None:
    port = 18901
    network.serve("server", [("tls", port)])
    rule = f"tcp dport {port} meta length > 300 drop"  # a TLS hello is longer, also in small segments
    network.run("server", ["nft", "-f", "-"], f"add rule inet path input {rule}\n")
    knock = {"namespace": "client", "host": "10.77.3.2", "port": port, "protocol": "tcp", "timeout_s": 3.5}
    [answer] = network.knock([knock])
    [attempt] = answer["observation"]["attempts"]
    assert (attempt["clamp"]["answered"], attempt["clamp"]["plain_stalled"]) == (False, True)
    assert attempt["clamp"]["unacknowledged"] >= 1
    assert "mtu_blackhole" not in [cause["id"] for cause in answer["diagnosis"]["causes"]]


def test_a_lie_ends_all_other_conclusions(answers: dict[str, Any]) -> None:
    for name in ("proxy_at_gateway-ipv4", "proxy_for_all_ports-ipv6", "hasty_proxy_at_gateway-ipv4"):
        causes = [cause["id"] for cause in answers[name]["diagnosis"]["causes"]]
        assert causes == ["transparent_proxy_client"], name


def test_nothing_goes_to_another_address(answers: dict[str, Any]) -> None:
    for name, answer in answers.items():
        observation = answer["observation"]
        addresses = {control["address"] for control in observation["controls"]}
        assert addresses <= set(observation["resolution"]["addresses"]), name
