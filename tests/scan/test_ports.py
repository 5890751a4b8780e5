from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.errors import BadInput
from portview.knowledge.services import services
from portview.scan.popular import top_ports
from portview.scan.ports import LAST_PORT, Ports, parse_ports, popular_ports, port_list, without
from portview.text import clean
from portview.vocabulary import Protocol

numbers = st.integers(1, LAST_PORT)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("22", (22,)),
        ("80,22,80", (22, 80)),
        (" 22 , 80 ", (22, 80)),
        ("22,80,1-3", (1, 2, 3, 22, 80)),
        ("5 - 7", (5, 6, 7)),
        ("-3", (1, 2, 3)),
        ("65533-", (65533, 65534, 65535)),
        ("-", tuple(range(1, 65536))),
        ("0022", (22,)),
        ("7-7", (7,)),
        ("ssh,https", (22, 443)),
        ("HTTPS", (443,)),
        ("1-3,2-4", (1, 2, 3, 4)),
    ],
)
def test_lists_that_people_type(spec: str, expected: tuple[int, ...]) -> None:
    assert parse_ports(spec) == {Protocol.TCP: expected}


@pytest.mark.parametrize(
    ("spec", "tcp", "udp"),
    [
        ("T:22,U:53", (22,), (53,)),
        ("22,u: 53,161", (22,), (53, 161)),
        ("U:53,T:53", (53,), (53,)),
        ("U:ntp,T:ssh-ssh", None, None),
        ("ssh,U:snm?", (22,), (161,)),
        ("U:domain", None, (53,)),
    ],
)
def test_a_letter_says_which_transport_is_meant(
    spec: str, tcp: tuple[int, ...] | None, udp: tuple[int, ...] | None
) -> None:
    if tcp is udp is None:
        with pytest.raises(BadInput, match="neither"):
            parse_ports(spec)
        return
    expected = {Protocol.TCP: tcp, Protocol.UDP: udp}
    assert parse_ports(spec) == {protocol: ports for protocol, ports in expected.items() if ports}


def test_wildcards_stand_for_every_service_that_fits() -> None:
    ports = parse_ports("HTTP*")[Protocol.TCP]
    assert {80, 443, 8080, 8443} <= set(ports)
    assert 22 not in ports
    with pytest.raises(BadInput, match="neither"):
        parse_ports("qqq*")


def test_excluded_ports_are_left_out_of_their_transport_alone() -> None:
    ports = parse_ports("20-25,U:53,67")
    assert without(ports, parse_ports("21-24,U:67")) == {Protocol.TCP: (20, 25), Protocol.UDP: (53,)}
    assert without(ports, parse_ports("U:-")) == {Protocol.TCP: (20, 21, 22, 23, 24, 25)}
    with pytest.raises(BadInput, match="nothing is left of 20-25/tcp, 53,67/udp without 1-65535"):
        without(ports, parse_ports("-,U:-"))


@given(st.sets(numbers, min_size=1, max_size=50))
def test_a_port_list_is_read_back_as_it_was(chosen: set[int]) -> None:
    ports = tuple(sorted(chosen))
    assert parse_ports(port_list(ports)) == {Protocol.TCP: ports}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "no ports given"),
        ("   ", "no ports given"),
        ("1,,2", "lacks a port"),
        (",80", "lacks a port"),
        ("80,", "lacks a port"),
        ("80,U:", "lacks a port"),
        ("80,!T:", "lacks a port"),
        ("0", "port 0"),
        ("000", "port 0"),
        ("0-100", "port 0"),
        ("70000", "70000 is not a port"),
        ("1-70000", "70000 is not a port"),
        ("9" * 5000, "is not a port"),
        ("100-1", "did you mean 1-100?"),
        ("--5", "neither a port"),
        ("5--7", "neither a port"),
        ("1-2-3", "neither a port"),
        ("+5", "neither a port"),
        ("22 80", "neither a port"),
        ("0x16", "neither a port"),
        ("2²", "neither a port"),
        ("\uff12\uff12", "neither a port"),
        ("no-such-service-here", "neither a port"),
        ("22\x1b[31m", "\\x1b"),
        ("1," * 40_000, "too long"),
    ],
)
def test_what_cannot_be_ports_is_told_in_one_line(spec: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_ports(spec)
    message = str(caught.value)
    assert words in message
    assert message.isprintable()
    assert len(message) < 200


def test_names_belong_to_a_protocol() -> None:
    assert parse_ports("ntp", Protocol.UDP) == {Protocol.UDP: (123,)}
    assert parse_ports("snmp", Protocol.UDP) == {Protocol.UDP: (161,)}


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8))
def test_any_ranges_give_their_union_once_and_ascending(pairs: list[tuple[int, int]]) -> None:
    ranges = [(min(pair), max(pair)) for pair in pairs]
    spec = ",".join(f"{first}-{last}" for first, last in ranges)
    expected = sorted({port for first, last in ranges for port in range(first, last + 1)})
    assert parse_ports(spec) == {Protocol.TCP: tuple(expected)}


@given(st.text(max_size=60) | st.text("0123456789-, sh", max_size=12))
def test_any_text_gives_ports_or_one_clear_line(text: str) -> None:
    message = ""
    found: Ports = {Protocol.TCP: (1,)}
    try:
        found = parse_ports(text)
    except BadInput as error:
        message = str(error)
    assert message == clean(message)
    for ports in found.values():
        assert list(ports) == sorted(set(ports))
        assert 1 <= ports[0] <= ports[-1] <= LAST_PORT


@pytest.mark.parametrize(("protocol", "at_least"), [(Protocol.TCP, 200), (Protocol.UDP, 60)])
def test_the_popular_ports_are_many_and_each_named_once(protocol: Protocol, at_least: int) -> None:
    ports = popular_ports(protocol)
    assert len(ports) == len(set(ports)) >= at_least
    assert all(1 <= port <= LAST_PORT for port in ports)


ABSENT = Path("/nonexistent/nmap-services")


def test_top_ports_begin_with_the_most_frequent() -> None:
    assert set(top_ports(4, Protocol.TCP, ABSENT).ports) == {80, 443, 22, 445}
    assert set(top_ports(4, Protocol.UDP, ABSENT).ports) == {53, 123, 137, 161}
    assert top_ports(4, Protocol.TCP, ABSENT).measured is None


@pytest.mark.parametrize("protocol", Protocol)
def test_beyond_the_list_come_the_named_services_and_then_all_others(protocol: Protocol) -> None:
    popular = popular_ports(protocol)
    named = {port for port, transport in services() if transport is protocol}
    order = top_ports(LAST_PORT, protocol, ABSENT).ports
    assert sorted(order) == list(range(1, LAST_PORT + 1))
    assert order[: len(popular)] == popular
    assert named <= set(order[: len(named | set(popular))])
    assert top_ports(50, protocol, ABSENT).ports == order[:50]


def test_the_default_has_what_home_servers_run() -> None:
    ports = set(top_ports(1000, Protocol.TCP).ports)
    assert ports >= {1883, 2375, 5244, 6379, 6443, 7878, 8006, 8096, 8123, 8384, 8989, 9443}
    assert ports >= {11434, 19999, 25565, 27017, 32400}
    assert 51820 in top_ports(1000, Protocol.UDP).ports


def test_measured_frequencies_come_after_what_is_usual(tmp_path: Path) -> None:
    table = tmp_path / "nmap-services"
    table.write_bytes(
        b"# a comment of three words\n"
        b"tcpmux\t1/tcp\t0.001995\t# TCP Port Service\n"
        b"telnet 23/tcp 0.221265\nrare 60999/tcp 0.3\nsnmp 161/udp 0.433467\nnever 24/tcp 0.000000\n"
        b"bad 70000/tcp 0.9\nbad x/tcp 0.9\nbad 5/tcp often\nshort\n\xff\xfe 7/tcp 0.5\n"
    )
    ports, measured = top_ports(1000, Protocol.TCP, table)
    popular = popular_ports(Protocol.TCP)
    assert (ports[: len(popular)], measured) == (popular, table)
    assert ports.index(5244) < ports.index(60999) < ports.index(4) < ports.index(24)
    assert top_ports(50, Protocol.UDP, table).measured == table


@pytest.mark.parametrize("n", [0, -1, 65536])
def test_a_number_of_top_ports_that_makes_no_sense(n: int) -> None:
    with pytest.raises(BadInput, match="from 1 to 65535"):
        top_ports(n)
