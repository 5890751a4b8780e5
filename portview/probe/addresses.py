"""What kind of address this is, as seen from this machine: its own, its gateway's, another's."""

import errno
import ipaddress
import socket
import struct

from portview.probe.sockaddr import socket_address
from portview.vocabulary import Family, SenderClass

_ROUTES_IPV4 = "/proc/net/route"
_ROUTES_IPV6 = "/proc/net/ipv6_route"
_FLAG_GATEWAY = 0x2  # RTF_GATEWAY, linux/route.h
_ANY_PORT = 9  # nothing is sent to it


def family_of(address: str) -> Family:
    """The family of an address literal."""
    return Family.IPV6 if ":" in address else Family.IPV4


def as_literal(text: str) -> str | None:
    """An address literal in its usual form; None for a text that is none."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def is_own(address: str) -> bool:
    """Whether an address belongs to this machine: only then can a socket be bound and connected to it.

    A machine with `ip_nonlocal_bind` set says yes to every address; there, nobody is own.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.is_unspecified or (parsed.is_loopback and parsed.version == 4):
        return True
    # Without IPv6 a machine does not have its loopback address either.
    if not parsed.is_loopback and (parsed.is_multicast or _binds_to_anything(parsed.version)):
        return False
    try:
        family, name = socket_address(address, 0)
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.bind(name)
            sock.connect(sock.getsockname())  # sends nothing; a broadcast address refuses it
    except OSError:
        return False
    return True


def is_broadcast(address: str) -> bool:
    """Whether this machine's routes keep an address for broadcasts; sends nothing.

    A UDP socket may connect to one only after it has asked for broadcasts (socket(7)); what a route
    prohibits stays forbidden.
    """
    if family_of(address) is Family.IPV6:
        return False
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            if sock.connect_ex((address, _ANY_PORT)) != errno.EACCES:
                return False
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            return sock.connect_ex((address, _ANY_PORT)) == 0
    except OSError:
        return False


def _binds_to_anything(version: int) -> bool:
    return _lines(f"/proc/sys/net/{'ipv6' if version == 6 else 'ipv4'}/ip_nonlocal_bind") == ["1"]


def gateways() -> frozenset[str]:
    """Addresses of the routers that this machine's own routing table names (Linux; else empty)."""
    return frozenset(_ipv4_gateways() | _ipv6_gateways())


def _ipv4_gateways() -> set[str]:
    found: set[str] = set()
    for line in _lines(_ROUTES_IPV4)[1:]:
        fields = line.split()
        if len(fields) > 3 and int(fields[3], 16) & _FLAG_GATEWAY:
            # The kernel prints the network-order word as a number of this machine's byte order.
            found.add(socket.inet_ntoa(struct.pack("=I", int(fields[2], 16))))
    return found


def _ipv6_gateways() -> set[str]:
    found: set[str] = set()
    for line in _lines(_ROUTES_IPV6):
        fields = line.split()
        if len(fields) > 8 and int(fields[8], 16) & _FLAG_GATEWAY:
            found.add(str(ipaddress.IPv6Address(int(fields[4], 16))))
    return found


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []


def sender_class(sender: str, target: str) -> SenderClass:
    """Who `sender` is, for a knock at `target` (which may be this machine itself)."""
    bare, _, scope = target.partition("%")
    if sender == bare:
        return SenderClass.TARGET
    # What answers for a link-local address is on the same link, where it may be link-local itself.
    link_local = scope and ipaddress.ip_address(sender).is_link_local
    if is_own(f"{sender}%{scope}" if link_local else sender):
        return SenderClass.SELF
    if sender in gateways():
        return SenderClass.GATEWAY
    return SenderClass.ROUTER
