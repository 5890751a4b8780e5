"""Whose address it is."""

import socket
import struct
import sys
from pathlib import Path

import pytest

from portview.probe import addresses
from portview.probe.addresses import family_of, gateways, is_broadcast, is_own, sender_class
from portview.probe.sockaddr import socket_address
from portview.vocabulary import Family, SenderClass


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("0.0.0.0", True),
        ("::1", True),
        ("::", True),
        ("::1%lo", True),
        ("192.0.2.7", False),
        ("2001:db8::7", False),
        ("224.0.0.1", False),
        ("ff02::1%lo", False),
        ("255.255.255.255", False),
        ("127.255.255.255", True),
        ("fe80::dead%lo", False),
        ("fe80::1%nosuchif0", False),
    ],
)
def test_is_own(address: str, own: bool) -> None:
    assert is_own(address) is own


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep loopback's last address for nothing")
@pytest.mark.parametrize(
    ("address", "broadcast"),
    [
        ("127.255.255.255", True),
        ("127.0.0.1", False),
        ("127.9.9.9", False),
        ("::1", False),
        ("ff02::1", False),
    ],
)
def test_is_broadcast(address: str, broadcast: bool) -> None:
    assert is_broadcast(address) is broadcast


def _hex(address: str) -> str:
    """An IPv4 address as /proc/net/route writes it."""
    return f"{struct.unpack('=I', socket.inet_aton(address))[0]:08X}"


def test_gateways_are_read_from_both_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ipv4 = tmp_path / "route"
    ipv4.write_text(
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        f"eth0\t00000000\t{_hex('192.0.2.1')}\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        f"eth0\t{_hex('192.0.2.0')}\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        "broken\n"
    )
    ipv6 = tmp_path / "ipv6_route"
    zero, gateway = "0" * 32, "20010db8000000000000000000000001"
    ipv6.write_text(
        f"{zero} 00 {zero} 00 {gateway} 00000400 00000001 00000000 00000003     eth0\n"
        f"fe80{'0' * 28} 40 {zero} 00 {zero} 00000100 00000001 00000000 00000001     eth0\n"
    )
    monkeypatch.setattr(addresses, "_ROUTES_IPV4", ipv4)
    monkeypatch.setattr(addresses, "_ROUTES_IPV6", ipv6)
    assert gateways() == {"192.0.2.1", "2001:db8::1"}
    assert sender_class("192.0.2.1", "198.51.100.7") is SenderClass.GATEWAY
    assert sender_class("2001:db8::1", "2001:db8:9::7") is SenderClass.GATEWAY
    # A gateway that is knocked at is the target first of all.
    assert sender_class("192.0.2.1", "192.0.2.1") is SenderClass.TARGET


def test_no_tables_no_gateways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_ROUTES_IPV4", tmp_path / "missing")
    monkeypatch.setattr(addresses, "_ROUTES_IPV6", tmp_path / "missing")
    assert gateways() == frozenset()


@pytest.mark.parametrize(
    ("sender", "target", "expected"),
    [
        ("192.0.2.7", "192.0.2.7", SenderClass.TARGET),
        ("127.0.0.1", "127.0.0.1", SenderClass.TARGET),
        ("fe80::7", "fe80::7%eth0", SenderClass.TARGET),
        ("127.0.0.1", "192.0.2.7", SenderClass.SELF),
        ("::1", "2001:db8::7", SenderClass.SELF),
        ("203.0.113.9", "192.0.2.7", SenderClass.ROUTER),
    ],
)
def test_sender_class(sender: str, target: str, expected: SenderClass) -> None:
    assert sender_class(sender, target) is expected


def test_family_of() -> None:
    assert (family_of("192.0.2.7"), family_of("::1%lo")) == (Family.IPV4, Family.IPV6)


def test_socket_address() -> None:
    index = socket.if_nametoindex("lo")
    assert socket_address("192.0.2.7", 1) == (socket.AF_INET, ("192.0.2.7", 1))
    assert socket_address("2001:db8::7", 1) == (socket.AF_INET6, ("2001:db8::7", 1, 0, 0))
    assert socket_address("fe80::7%lo", 1) == (socket.AF_INET6, ("fe80::7", 1, 0, index))
    assert socket_address(f"fe80::7%{index}", 1) == (socket.AF_INET6, ("fe80::7", 1, 0, index))
