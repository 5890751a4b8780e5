"""Who can knock, by address, interface and the machine's own networks."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portview.sockets.assemble import local_socket
from portview.sockets.entry import Entry
from portview.sockets.interfaces import (
    InterfaceAddress,
    Network,
    interface_addresses,
    network_of,
)
from portview.sockets.records import LocalSocket
from portview.sockets.scope import Scope, open_networks, scope_of, takes_ipv4_too
from portview.sockets.source import best_source
from portview.vocabulary import Family, Protocol

ADDRESSES = (
    InterfaceAddress("lo", "127.0.0.1", 8, Network.LOOPBACK),
    InterfaceAddress("eth0", "192.168.1.2", 24, Network.OTHER),
    InterfaceAddress("eth0", "2001:db9::2", 64, Network.OTHER),
    InterfaceAddress("eth0", "fe80::1", 64, Network.OTHER),
    InterfaceAddress("docker0", "172.17.0.1", 16, Network.CONTAINERS),
    InterfaceAddress("wg0", "10.8.0.1", 24, Network.VPN),
)


def listener(address: str, interface: str | None = None, v6only: bool | None = None) -> LocalSocket:
    family = Family.IPV6 if ":" in address else Family.IPV4
    entry = Entry(Protocol.TCP, family, address, 80, None, None, "LISTEN")
    return local_socket(replace(entry, interface=interface, v6only=v6only), None)


@pytest.mark.parametrize(
    ("address", "interface", "scope"),
    [
        ("127.0.0.1", None, Scope.LOOPBACK),
        ("::1", None, Scope.LOOPBACK),
        ("::ffff:127.0.0.1", None, Scope.LOOPBACK),
        ("169.254.1.1", None, Scope.LINK_LOCAL),
        ("fe80::1%eth0", None, Scope.LINK_LOCAL),
        ("172.17.0.1", None, Scope.CONTAINER_BRIDGE),
        ("::ffff:172.17.0.1", None, Scope.CONTAINER_BRIDGE),
        ("10.8.0.1", None, Scope.VPN),
        ("0.0.0.0", "wg0", Scope.VPN),
        ("0.0.0.0", "docker0", Scope.CONTAINER_BRIDGE),
        ("0.0.0.0", "lo", Scope.LOOPBACK),
        ("0.0.0.0", "eth0", Scope.EVERY_ADDRESS),
        ("192.168.1.2", None, Scope.PRIVATE),
        ("100.64.0.7", None, Scope.PRIVATE),
        ("93.184.215.14", None, Scope.PUBLIC),
        ("2a00:1450::7", None, Scope.PUBLIC),
        ("224.0.0.251", None, Scope.MULTICAST),
        ("0.0.0.0", None, Scope.EVERY_ADDRESS),
        ("::", None, Scope.EVERY_ADDRESS),
    ],
)
def test_scope(address: str, interface: str | None, scope: Scope) -> None:
    assert scope_of(listener(address, interface), ADDRESSES) is scope


def test_without_the_machines_addresses_the_socket_tells_by_itself() -> None:
    assert scope_of(listener("172.17.0.1"), ()) is Scope.PRIVATE


@pytest.mark.parametrize(("v6only", "both"), [(True, False), (False, True), (None, None)])
def test_an_ipv6_wildcard_takes_ipv4_unless_told_otherwise(v6only: bool | None, both: bool | None) -> None:
    assert takes_ipv4_too(listener("::", v6only=v6only)) is both
    assert takes_ipv4_too(listener("2001:db9::2", v6only=v6only)) is False
    assert takes_ipv4_too(listener("0.0.0.0")) is False


@pytest.mark.parametrize(
    ("socket", "found"),
    [
        (listener("0.0.0.0"), ["192.168.1.2", "172.17.0.1", "10.8.0.1"]),
        (listener("0.0.0.0", "eth0"), ["192.168.1.2"]),
        (listener("::ffff:0.0.0.0"), ["192.168.1.2", "172.17.0.1", "10.8.0.1"]),
        (listener("::", v6only=True), ["2001:db9::2"]),
        (listener("::", v6only=False), ["192.168.1.2", "2001:db9::2", "172.17.0.1", "10.8.0.1"]),
    ],
)
def test_where_strangers_find_a_wildcard(socket: LocalSocket, found: list[str]) -> None:
    assert [one.address for one in open_networks(socket, ADDRESSES)] == found


@pytest.mark.parametrize(
    ("name", "told", "network"),
    [
        ("lo", None, Network.LOOPBACK),
        ("lo0", None, Network.LOOPBACK),
        ("Loopback Pseudo-Interface 1", None, Network.LOOPBACK),
        ("wg-home", "DEVTYPE=wireguard\nINTERFACE=x\n", Network.VPN),
        ("home", "DEVTYPE=wireguard\n", Network.VPN),
        ("tailscale0", "INTERFACE=tailscale0\n", Network.VPN),
        ("ztabcdef12", None, Network.VPN),
        ("docker0", "DEVTYPE=bridge\n", Network.CONTAINERS),
        ("br-0123456789ab", "DEVTYPE=bridge\n", Network.CONTAINERS),
        ("br0", "DEVTYPE=bridge\n", Network.OTHER),
        ("eth0", "INTERFACE=eth0\n", Network.OTHER),
        ("enp3s0", None, Network.OTHER),
    ],
)
def test_what_is_behind_an_interface(tmp_path: Path, name: str, told: str | None, network: Network) -> None:
    (tmp_path / name).mkdir()
    if told is not None:
        (tmp_path / name / "uevent").write_text(told)
    assert network_of(name, tmp_path) is network


def test_this_machines_own_addresses() -> None:
    assert InterfaceAddress("lo", "127.0.0.1", 8, Network.LOOPBACK) in interface_addresses()


def test_a_real_listener(bound: Callable[..., object]) -> None:
    bound("127.0.0.1")
    found = best_source().snapshot().sockets
    assert Scope.LOOPBACK in {scope_of(each, interface_addresses()) for each in found}
