"""Addresses at which nobody can be knocked at, and one whose machine is off, seen in a short wait."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.lab.network import Lab

pytestmark = pytest.mark.lab

_PORT = 17480  # no service is known by this number


@dataclass(frozen=True, slots=True)
class Knock:
    """A knock from the client, and what it must lead to."""

    host: str
    protocol: str
    pattern: str
    cause: str
    timeout_s: float = 2.0


KNOCKS = (
    Knock("10.77.1.255", "tcp", "address_broadcast", "bad_target_address"),
    Knock("10.77.1.255", "udp", "address_broadcast", "bad_target_address"),
    Knock("224.0.0.251", "tcp", "address_multicast", "bad_target_address"),
    Knock("ff02::fb", "tcp", "address_multicast", "bad_target_address"),
    # A route that prohibits gives the same error as a broadcast address.
    Knock("10.77.102.1", "udp", "udp_send_eperm", "local_policy"),
    # The search for the neighbour takes longer than the knock: what is made beside it hears of its end.
    Knock("10.77.1.98", "tcp", "tcp_timeout_all_ports", "host_off"),
    Knock("fd77:1::98", "tcp", "tcp_timeout_all_ports", "host_off"),
    # TCP never hears that the search for a link-local neighbour ended in vain.
    Knock("fe80::98%to-router1", "tcp", "tcp_timeout_all_ports", "host_off", 3.6),
    Knock("fe80::98%to-router1", "udp", "udp_host_unreach_lan", "host_off", 3.6),
)


@pytest.fixture(scope="module")
def diagnoses(lab: "Lab") -> list[Any]:
    orders = [
        {
            "namespace": "client",
            "host": knock.host,
            "port": _PORT,
            "protocol": knock.protocol,
            "timeout_s": knock.timeout_s,
        }
        for knock in KNOCKS
    ]
    return [answer["diagnosis"] for answer in lab.knock(orders)]


@pytest.mark.parametrize("knock", KNOCKS)
def test_diagnosis(knock: Knock, diagnoses: list[Any]) -> None:
    diagnosis = diagnoses[KNOCKS.index(knock)]
    assert (diagnosis["pattern"], diagnosis["causes"][0]["id"]) == (knock.pattern, knock.cause)
