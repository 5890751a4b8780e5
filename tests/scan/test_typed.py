import threading

import pytest

from portview.errors import BadInput
from portview.scan.plan import Plan
from portview.scan.typed import plan_of
from portview.vocabulary import Protocol

TCP, UDP = Protocol.TCP, Protocol.UDP


def plan(targets: str, ports: str = "80", protocol: Protocol = TCP) -> Plan:
    return plan_of(targets, ports, protocol, threading.Event())


@pytest.mark.parametrize(
    ("typed", "addresses"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("127.0.0.1-3 !127.0.0.2", ["127.0.0.1", "127.0.0.3"]),
        ("127.0.0.1-3, ! 127.0.0.2,!127.0.0.3", ["127.0.0.1"]),
        ("!127.0.0.0/30 127.0.0.1-5", ["127.0.0.4", "127.0.0.5"]),
        ("!127.0.0.1,127.0.0.1 ::1", ["::1"]),
    ],
)
def test_targets(typed: str, addresses: list[str]) -> None:
    assert [host.address for host in plan(typed).hosts] == addresses


@pytest.mark.parametrize(
    ("typed", "ports"),
    [
        ("80", {TCP: (80,)}),
        ("1-5,!2-3", {TCP: (1, 4, 5)}),
        ("1-5 !2 !http*", {TCP: (1, 3, 4, 5)}),
        ("!2,1-3", {TCP: (1, 3)}),
        ("T:1-3,U:1-3,!2,!U:3", {TCP: (1, 3), UDP: (1, 2)}),
        (" Top 3 ", {TCP: plan("::1", "top 3").ports[TCP]}),
    ],
)
def test_ports(typed: str, ports: dict[Protocol, tuple[int, ...]]) -> None:
    assert plan("::1", typed).ports == ports


def test_the_top_without_one_of_them() -> None:
    best = plan("::1", "top 3").ports[TCP]
    assert plan("::1", f"top 3 !{best[0]}").ports[TCP] == best[1:]


@pytest.mark.parametrize(
    ("targets", "ports", "complaint"),
    [
        ("127.0.0.1 !127.0.0.1", "80", "nothing is left of 127.0.0.1 without 127.0.0.1: name more targets"),
        ("!127.0.0.1", "80", "no target given, only what to leave out (127.0.0.1)"),
        ("127.0.0.1", "80,!80", "nothing is left of 80/tcp without 80/tcp: ask for more ports"),
        ("127.0.0.1", "top 1,!-", "nothing is left of "),
        ("127.0.0.1", "!80", "no ports given, only what to leave out (80)"),
        ("127.0.0.1", "80,!abc", "'abc' is neither a port"),
        ("127.0.0.1 !", "80", "!"),
        ("", "80", "no target given"),
    ],
)
def test_what_is_wrong_is_said(targets: str, ports: str, complaint: str) -> None:
    with pytest.raises(BadInput) as caught:
        plan(targets, ports)
    assert complaint in str(caught.value)
