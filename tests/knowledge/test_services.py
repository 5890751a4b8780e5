"""The table of services, TCP and UDP apart."""

import pytest

from portview.knowledge.services import port_of, service_name, services
from portview.vocabulary import Protocol

TCP, UDP = Protocol.TCP, Protocol.UDP


@pytest.mark.parametrize(
    ("port", "protocol", "name"),
    [
        (22, TCP, "ssh"),
        (53, UDP, "domain"),
        (443, TCP, "https"),
        (6379, TCP, "redis"),
        (51820, UDP, "wireguard"),
    ],
)
def test_names_and_ports_fit(port: int, protocol: Protocol, name: str) -> None:
    assert service_name(port, protocol) == name
    assert port_of(name.upper(), protocol) == port


def test_tcp_and_udp_are_apart() -> None:
    assert port_of("wireguard", TCP) is None
    assert (514, TCP) in services()
    assert services()[514, TCP].name != services()[514, UDP].name


@pytest.mark.parametrize("port", [-1, 61999, 65536, 10**12])
def test_no_service(port: int) -> None:
    assert service_name(port, TCP) is None


@pytest.mark.parametrize("name", ["", "no such service", "a\0b", "\udc80", "\x1b[2J"])
def test_no_port(name: str) -> None:
    assert port_of(name, TCP) is None


def test_the_table_is_sorted_and_clean() -> None:
    table = services()
    assert len(table) >= 250
    assert list(table) == sorted(table)
    for service in table.values():
        assert 0 < service.port <= 65535
        assert service.name == service.name.strip().lower()
        assert service.product is None or service.product.isprintable()
