"""A machine whose own rules drop what comes in, the answers to its knocks among it."""

from typing import Any

import pytest

from tests.lab.network import Lab

pytestmark = pytest.mark.lab

_PORT = 17991  # closed, so that the server answers with a RST
_CHAIN = "chain in {{\ntype filter hook input priority 0; policy drop;\niif lo accept\n{rule}\n}}"
_NEIGHBOURS = "icmpv6 type {nd-neighbor-solicit, nd-neighbor-advert} accept"
_ANSWERS = "ct state established,related accept"


_KNOCKS = [(host, protocol) for host in ("10.77.3.2", "fd77:3::2") for protocol in ("tcp", "udp")]

Answers = dict[tuple[str, str], dict[str, Any]]


def _knock(lab: Lab, *knocks: tuple[str, str]) -> Answers:
    """Knocks from a machine that makes no others."""
    orders = [
        {"namespace": "deaf", "host": host, "port": _PORT, "protocol": protocol, "timeout_s": 4.0}
        for host, protocol in knocks
    ]
    return dict(zip(knocks, lab.knock(orders), strict=True))


def _let_in(lab: Lab, rule: str) -> Answers:
    """What is seen where all but `rule` is dropped that comes in.

    Each IPv6 knock has to find its neighbour itself: of two at a time one may miss what the other was told.
    """
    lab.run("deaf", ["nft", "-f", "-"], f"table inet own {{\n{_CHAIN.format(rule=rule)}\n}}\n")
    try:
        answers: Answers = {}
        for knocks in (_KNOCKS[:3], _KNOCKS[3:]):
            lab.run("deaf", ["ip", "-6", "neigh", "flush", "all"])
            answers |= _knock(lab, *knocks)
        return answers
    finally:
        lab.run("deaf", ["nft", "delete", "table", "inet", "own"])


@pytest.fixture(scope="module", params=["", _NEIGHBOURS], ids=["nothing", "neighbours"])
def answers(lab: Lab, request: pytest.FixtureRequest) -> Answers:
    """Knocks whose answers are dropped."""
    return _let_in(lab, request.param)


@pytest.mark.parametrize(("host", "protocol"), _KNOCKS)
def test_dropped_answers_are_seen(host: str, protocol: str, answers: Answers) -> None:
    first, *others = answers[host, protocol]["diagnosis"]["causes"]
    assert (first["id"], first["confidence"]) == ("client_in_drop", "likely")
    assert all(cause["confidence"] != "certain" for cause in others)


def test_answers_that_may_come_in_are_heard(lab: Lab) -> None:
    answers = _let_in(lab, f"{_NEIGHBOURS}\n{_ANSWERS}")
    for answer in answers.values():
        assert answer["diagnosis"]["outcome"] == "refused"
        assert answer["observation"]["undelivered"] is None


def test_a_silent_host_is_not_laid_to_this_machine(lab: Lab) -> None:
    [answer] = _knock(lab, ("10.77.3.97", "tcp")).values()
    lost, sent = answer["observation"]["undelivered"]
    assert lost == 0 < sent
    assert "client_in_drop" not in [cause["id"] for cause in answer["diagnosis"]["causes"]]
