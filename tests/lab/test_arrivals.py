"""A machine whose own rules drop what comes in, the answers to its knocks among it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.network import Lab

pytestmark = pytest.mark.lab

_PORT = 17991  # closed, so that the server answers with a RST
_CHAIN = "chain in {{\ntype filter hook input priority 0; policy drop;\niif lo accept\n{rule}\n}}"
_NEIGHBOURS = "icmpv6 type {nd-neighbor-solicit, nd-neighbor-advert} accept"
_ANSWERS = "ct state established,related accept"


@pytest.fixture(params=["", _NEIGHBOURS, f"{_NEIGHBOURS}\n{_ANSWERS}"], ids=["all", "ndp", "answers"])
def rule(lab: Lab, request: pytest.FixtureRequest) -> Iterator[str]:
    """What a machine without other knocks lets in, IPv6 neighbours forgotten before."""
    lab.run("deaf", ["nft", "-f", "-"], f"table inet own {{\n{_CHAIN.format(rule=request.param)}\n}}\n")
    lab.run("deaf", ["ip", "-6", "neigh", "flush", "all"])
    yield str(request.param)
    lab.run("deaf", ["nft", "delete", "table", "inet", "own"])


def _knock(lab: Lab, host: str, protocol: str = "tcp") -> dict[str, Any]:
    order = {"namespace": "deaf", "host": host, "port": _PORT, "protocol": protocol, "timeout_s": 4.0}
    (answer,) = lab.knock([order])
    return answer


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
@pytest.mark.parametrize("host", ["10.77.3.2", "fd77:3::2"])
def test_dropped_answers_are_seen(host: str, protocol: str, rule: str, lab: Lab) -> None:
    answer = _knock(lab, host, protocol)
    first = answer["diagnosis"]["causes"][0]
    if _ANSWERS in rule:
        assert answer["diagnosis"]["outcome"] == "refused"
        assert answer["observation"]["undelivered"] is None
    else:
        assert (first["id"], first["confidence"]) == ("client_in_drop", "likely")
        assert all(cause["confidence"] != "certain" for cause in answer["diagnosis"]["causes"])


def test_a_silent_host_is_not_laid_to_this_machine(lab: Lab) -> None:
    answer = _knock(lab, "10.77.3.98")
    lost, sent = answer["observation"]["undelivered"]
    assert lost == 0 < sent
    assert "client_in_drop" not in [cause["id"] for cause in answer["diagnosis"]["causes"]]
