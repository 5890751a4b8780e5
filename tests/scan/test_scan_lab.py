"""Scans through real firewalls, between network namespaces, as an ordinary user."""

from functools import partial
from typing import Any

import pytest

from portview.scan.pacing import WINDOW_START
from tests.scan.conftest import Lab, Played, Scene

pytestmark = pytest.mark.lab

REJECTS_V4 = {
    1001: ("reject", "filtered", "port-unreach", 3, 3),
    1002: ("reject with icmp type host-unreachable", "filtered", "host-unreach", 3, 1),
    1003: ("reject with icmp type net-unreachable", "filtered", "net-unreach", 3, 0),
    1004: ("reject with icmp type net-prohibited", "filtered", "net-prohibited", 3, 9),
    1005: ("reject with icmp type host-prohibited", "filtered", "host-prohibited", 3, 10),
    1006: ("reject with icmp type admin-prohibited", "filtered", "admin-prohibited", 3, 13),
    1007: ("reject with icmp type prot-unreachable", "filtered", "proto-unreach", 3, 2),
    1008: ("reject with tcp reset", "closed", "conn-refused", None, None),
    1009: ("drop", "filtered", "no-response", None, None),
}
REJECTS_V6 = {
    1001: ("reject", "filtered", "port-unreach", 1, 4),
    1002: ("reject with icmpv6 type no-route", "filtered", "no-route", 1, 0),
    1003: ("reject with icmpv6 type admin-prohibited", "filtered", "admin-prohibited", 1, 1),
    1004: ("reject with icmpv6 type addr-unreachable", "filtered", "host-unreach", 1, 3),
    1005: ("reject with icmpv6 type policy-fail", "filtered", "admin-prohibited", 1, 5),
    1006: ("reject with icmpv6 type reject-route", "filtered", "admin-prohibited", 1, 6),
    1008: ("reject with tcp reset", "closed", "conn-refused", None, None),
    1009: ("drop", "filtered", "no-response", None, None),
}
Rejects = dict[int, tuple[str, str, str, int | None, int | None]]


def by_port(answer: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {result["port"]: result for result in answer["results"]}


def rejecting(lab: Lab, version: str, address: str, rejects: Rejects) -> Any:
    lab.unlimit_icmp()
    lab.firewall(*(f"meta nfproto {version} tcp dport {port} {rule[0]}" for port, rule in rejects.items()))
    lab.serve(tcp=[2001, 2002])
    return lab.scan([address], [*rejects, 2001, 2002, 3001])


REJECTING = {
    "ipv4": partial(rejecting, version="ipv4", address=Lab.v4, rejects=REJECTS_V4),
    "ipv6": partial(rejecting, version="ipv6", address=Lab.v6, rejects=REJECTS_V6),
}


@pytest.mark.parametrize(
    ("version", "address", "rejects"),
    [("ipv4", Lab.v4, REJECTS_V4), ("ipv6", Lab.v6, REJECTS_V6)],
    ids=["ipv4", "ipv6"],
)
def test_every_reject_is_told_apart(played: Played, version: str, address: str, rejects: Rejects) -> None:
    found = by_port(played(REJECTING[version]))
    for port, (_, state, reason, kind, code) in rejects.items():
        seen = found.pop(port)
        sender = None if kind is None else address
        assert (seen["state"], seen["reason"]) == (state, reason), port
        assert (seen["icmp_type"], seen["icmp_code"], seen["sender"]) == (kind, code, sender), port
    assert {port: (seen["state"], seen["reason"]) for port, seen in found.items()} == {
        2001: ("open", "syn-ack"),
        2002: ("open", "syn-ack"),
        3001: ("closed", "conn-refused"),
    }


def rate_limited(lab: Lab) -> Any:
    lab.firewall("tcp dport 1000-1199 reject")
    return lab.scan([lab.v4], range(1000, 1200))


def test_a_rate_limited_reject_is_never_closed(played: Played) -> None:
    found = by_port(played(rate_limited))
    assert len(found) == 200
    kinds = {(seen["state"], seen["reason"]) for seen in found.values()}
    assert kinds == {("filtered", "port-unreach"), ("filtered", "rate-limited")}
    assert {seen["sender"] for seen in found.values()} == {Lab.v4}
    limited = [seen for seen in found.values() if seen["reason"] == "rate-limited"]
    assert len(limited) > 150
    assert {(seen["icmp_type"], seen["icmp_code"]) for seen in limited} == {(None, None)}


def test_open_ports_are_found_among_thousands_of_dropped_ones(lab: Lab) -> None:
    lab.firewall("tcp dport { 5000, 6000 } accept", "meta l4proto tcp drop")
    lab.serve(tcp=[5000, 6000, 6500])
    answer = lab.scan([lab.v4, lab.v6], range(4000, 8000))
    found = {(seen["address"], seen["port"]): seen for seen in answer["results"]}
    assert len(found) == len(answer["results"]) == 8000
    opened = {key for key, seen in found.items() if seen["state"] == "open"}
    assert opened == {(address, port) for address in (lab.v4, lab.v6) for port in (5000, 6000)}
    others = {(seen["state"], seen["reason"]) for key, seen in found.items() if key not in opened}
    assert others == {("filtered", "no-response")}


def test_silence_of_half_the_ports_hides_nothing(lab: Lab) -> None:
    lab.firewall("tcp dport 3000-3999 drop")
    lab.serve(tcp=[2100, 2900, 4100])
    found = by_port(lab.scan([lab.v4], range(2000, 5000)))
    for port in range(2000, 5000):
        answering = "open" if port in (2100, 2900, 4100) else "closed"
        expected = "filtered" if 3000 <= port <= 3999 else answering
        assert found[port]["state"] == expected, port


def test_packet_loss_makes_no_port_open_or_closed_that_is_not(lab: Lab) -> None:
    lab.firewall("meta l4proto tcp numgen random mod 100 < 5 drop")
    lab.serve(tcp=list(range(2000, 2200)))
    answer = lab.scan([lab.v4], range(1000, 3000))
    found = by_port(answer)
    assert len(found) == 2000
    for port, seen in found.items():
        truth = "open" if 2000 <= port < 2200 else "closed"
        assert seen["state"] in (truth, "filtered"), port
    # A port is missed only when its SYN is lost twice and comes too late a third time: 5 of 2,000.
    filtered = sum(seen["state"] == "filtered" for seen in found.values())
    assert filtered < 40
    # Without a loss noticed, every answer would have widened the window by one.
    assert answer["windows"][-1] < WINDOW_START + 2000 - filtered


def test_no_route_is_said(lab: Lab) -> None:
    answer = lab.scan(["10.67.0.1"], [80, 81])
    found = by_port(answer)
    assert [(seen["state"], seen["reason"]) for seen in found.values()] == [("filtered", "no-route")] * 2
    assert answer["verdicts"] == {"10.67.0.1": "not_sent"}


def absent(lab: Lab, address: str, count: int) -> Any:
    return lab.scan([address], range(1, count + 1))


OWN = {"10.66.0.77": "10.66.0.1", "fd66::77": "fd66::1"}
ABSENT = {
    (address, count): partial(absent, address=address, count=count)
    for address in OWN
    for count in (1, 1000, 6000)
}


@pytest.mark.parametrize(("address", "count"), ABSENT)
def test_an_address_that_nobody_has_is_off(played: Played, address: str, count: int) -> None:
    answer = played(ABSENT[address, count])
    assert answer["verdicts"] == {address: "off"}
    assert len(by_port(answer)) == len(answer["results"]) == count
    assert {seen["reason"] for seen in answer["results"]} == {"host-unreach"}
    # The neighbour table may tell before the ICMP error does, and it names no sender.
    assert {seen["sender"] for seen in answer["results"]} <= {OWN[address], None}


def searched_for(lab: Lab, hosts: list[str], protocol: str) -> Any:
    scan = lab.start_scan(hosts=hosts, ports=list(range(1, 101)), protocol=protocol)
    sent = 0
    while "results" not in (told := scan.until(lambda told: True)):
        sent = told["sent"]
    scan.finish()
    return sent, told["verdicts"]


FREE = [f"10.66.0.{last}" for last in range(3, 255)]
SEARCHED_FOR = {protocol: partial(searched_for, hosts=FREE, protocol=protocol) for protocol in ("tcp", "udp")}


@pytest.mark.parametrize("protocol", SEARCHED_FOR)
def test_one_knock_is_enough_to_search_for_a_host(played: Played, protocol: str) -> None:
    sent, verdicts = played(SEARCHED_FOR[protocol])
    assert verdicts == dict.fromkeys(FREE, "off")
    assert sent == len(FREE)


def all_off(lab: Lab, hosts: list[str]) -> Any:
    return lab.scan(hosts, [22, 80, 443])


NETWORKS = {network: [f"{network}{last}" for last in range(100, 250)] for network in ("10.66.0.", "fd66::1:")}
ALL_OFF = {network: partial(all_off, hosts=hosts) for network, hosts in NETWORKS.items()}


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_of_machines_that_are_off(played: Played, network: str) -> None:
    answer = played(ALL_OFF[network])
    assert answer["verdicts"] == dict.fromkeys(NETWORKS[network], "off")
    assert len(answer["results"]) == 450
    assert {seen["reason"] for seen in answer["results"]} == {"host-unreach"}


def forgotten(lab: Lab, hosts: list[str]) -> Any:
    scan = lab.start_scan(hosts=hosts, ports=[22, 80, 443])
    while "results" not in (told := scan.until(lambda told: True)):
        # As the kernel does itself where many are searched for, by several scans or in a large network.
        lab.ip(lab.client, "neigh", "flush", "nud", "failed")
    scan.finish()
    return told


FORGOTTEN = {network: partial(forgotten, hosts=hosts) for network, hosts in NETWORKS.items()}


@pytest.mark.parametrize("network", NETWORKS)
def test_a_search_in_vain_that_the_kernel_forgets_is_remembered(played: Played, network: str) -> None:
    assert played(FORGOTTEN[network])["verdicts"] == dict.fromkeys(NETWORKS[network], "off")


def absent_on_the_link(lab: Lab) -> Any:
    return lab.scan(["fe80::77%pv0"], [22, 80])


def test_a_link_local_address_that_nobody_has(played: Played) -> None:
    assert played(absent_on_the_link)["verdicts"] == {"fe80::77%pv0": "off"}


def absent_by_udp(lab: Lab) -> Any:
    return lab.scan(["10.66.0.77"], [53, 5353], "udp")


def test_udp_to_an_address_that_nobody_has(played: Played) -> None:
    answer = played(absent_by_udp)
    assert answer["verdicts"] == {"10.66.0.77": "off"}
    assert {seen["reason"] for seen in answer["results"]} == {"host-unreach"}


def absent_gateway(lab: Lab) -> Any:
    lab.ip(lab.client, "route", "add", "10.67.0.0/24", "via", "10.66.0.77")
    return lab.scan(["10.67.0.1"], [80])


def test_a_gateway_that_is_off_lets_nothing_out(played: Played) -> None:
    assert played(absent_gateway)["verdicts"] == {"10.67.0.1": "not_sent"}


def some_there(lab: Lab) -> Any:
    lab.firewall(f"ip daddr {lab.v4} drop", "tcp dport 2001 drop")
    lab.serve(tcp=[2002])
    return lab.scan([lab.v4, "10.66.0.77", lab.v6], range(2000, 2100))


def test_who_is_there_is_told_from_who_is_not(played: Played) -> None:
    answer = played(some_there)
    assert answer["verdicts"] == {Lab.v4: "silent", "10.66.0.77": "off", Lab.v6: "up"}
    states = {(seen["address"], seen["port"]): seen["state"] for seen in answer["results"]}
    assert states[Lab.v6, 2002] == "open"
    assert len(states) == 300


def test_a_rule_of_this_machine_is_no_sign_of_the_host(lab: Lab) -> None:
    rules = "type filter hook output priority 0\ntcp dport 2001 reject with icmp type host-unreachable"
    lab.rules(lab.client, f"table ip filter {{\nchain output {{\n{rules}\n}}\n}}\n")
    lab.serve(tcp=[2002])
    answer = lab.scan([lab.v4], [2001])
    assert answer["verdicts"] == {lab.v4: "not_sent"}
    answer = lab.scan([lab.v4], [2001, 2002])
    assert answer["verdicts"] == {lab.v4: "up"}
    assert by_port(answer)[2002]["state"] == "open"


def test_a_port_that_reaches_itself_is_not_open(lab: Lab) -> None:
    # With four ports to lend, the kernel soon gives a socket the port that it knocks at.
    lab.sysctl(lab.client, "net.ipv4.ip_local_port_range=40000 40003")
    seen: set[tuple[str, str]] = set()
    for _ in range(8):
        answer = lab.scan(["127.0.0.1"], range(40000, 40004))
        seen |= {(result["state"], result["reason"]) for result in answer["results"]}
    assert ("closed", "self-connect") in seen
    assert seen <= {("closed", "self-connect"), ("closed", "conn-refused")}


def udp_states(lab: Lab, address: str) -> Any:
    lab.unlimit_icmp()
    lab.firewall(
        "udp dport 1001 reject with icmpx type admin-prohibited",
        "udp dport 1002 drop",
    )
    lab.serve(udp_echo=[2001], udp_silent=[2002])
    return lab.scan([address], [1001, 1002, 2001, 2002, 3001], "udp")


UDP_STATES = {address: partial(udp_states, address=address) for address in (Lab.v4, Lab.v6)}


@pytest.mark.parametrize("address", UDP_STATES)
def test_udp_states(played: Played, address: str) -> None:
    found = by_port(played(UDP_STATES[address]))
    assert {port: (seen["state"], seen["reason"], seen["sender"]) for port, seen in found.items()} == {
        1001: ("filtered", "admin-prohibited", address),
        1002: ("open|filtered", "no-response", None),
        2001: ("open", "udp-response", None),
        2002: ("open|filtered", "no-response", None),
        3001: ("closed", "port-unreach", address),
    }


def short_of_descriptors(lab: Lab) -> Any:
    lab.firewall("tcp dport 3000-3399 drop")
    lab.serve(tcp=[2500])
    return lab.scan([lab.v4], range(2400, 3400), files=64, busy=30)


def test_shortage_of_descriptors_loses_no_port(played: Played) -> None:
    answer = played(short_of_descriptors)
    found = by_port(answer)
    assert answer["gave_up"] is None
    assert len(found) == 1000
    for port, seen in found.items():
        truth = "filtered" if port >= 3000 else "open" if port == 2500 else "closed"
        assert seen["state"] == truth, port
    assert max(answer["windows"]) <= 51
    assert min(answer["windows"]) < 34


SCENES: tuple[Scene, ...] = (
    *REJECTING.values(),
    rate_limited,
    *ABSENT.values(),
    *SEARCHED_FOR.values(),
    *ALL_OFF.values(),
    *FORGOTTEN.values(),
    absent_on_the_link,
    absent_by_udp,
    absent_gateway,
    some_there,
    short_of_descriptors,
)
