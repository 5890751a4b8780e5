"""Who can knock at a socket, finer than its reach: by address, interface and this machine's networks."""

from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from portview.sockets.interfaces import InterfaceAddress, Network
from portview.sockets.records import LocalSocket, Reach
from portview.vocabulary import Family

ANY = frozenset({"0.0.0.0", "::"})


class Scope(StrEnum):
    """The circle of those who can knock, firewalls left aside."""

    LOOPBACK = "loopback"
    LINK_LOCAL = "link_local"
    CONTAINER_BRIDGE = "container_bridge"
    VPN = "vpn"
    PRIVATE = "private"
    PUBLIC = "public"
    MULTICAST = "multicast"
    EVERY_ADDRESS = "every_address"


_OF_NETWORK = {
    Network.LOOPBACK: Scope.LOOPBACK,
    Network.CONTAINERS: Scope.CONTAINER_BRIDGE,
    Network.VPN: Scope.VPN,
}


def scope_of(socket: LocalSocket, addresses: tuple[InterfaceAddress, ...]) -> Scope:
    """Judge a socket by its address and by the interface that has it, or that it is bound to."""
    if socket.reach is not Reach.NETWORK:
        return Scope(socket.reach.value)
    own = plain_address(socket.address)
    for one in addresses:
        if one.network in _OF_NETWORK and (one.interface == socket.interface or one.address == own):
            return _OF_NETWORK[one.network]
    if own in ANY:
        return Scope.EVERY_ADDRESS
    ip = ip_address(own)
    if ip.is_multicast:
        return Scope.MULTICAST
    return Scope.PUBLIC if ip.is_global else Scope.PRIVATE


@lru_cache(maxsize=4096)
def plain_address(address: str) -> str:
    """An address without its scope; one of IPv4 mapped into IPv6 as itself (RFC 4291, 2.5.5.2)."""
    bare = address.partition("%")[0]
    ip = ip_address(bare)
    return str(ip.ipv4_mapped) if isinstance(ip, IPv6Address) and ip.ipv4_mapped else bare


def takes_ipv4_too(socket: LocalSocket) -> bool | None:
    """Whether an IPv6 wildcard takes IPv4 clients as well; None where that is not known."""
    if socket.family is not Family.IPV6 or socket.address != "::":
        return False
    return None if socket.v6only is None else not socket.v6only


def open_networks(
    socket: LocalSocket, addresses: tuple[InterfaceAddress, ...]
) -> tuple[InterfaceAddress, ...]:
    """The addresses of this machine at which strangers find a socket that listens on every address."""
    families = {
        ":" in plain_address(socket.address),
        *([False] if takes_ipv4_too(socket) is not False else []),
    }
    return tuple(
        one
        for one in addresses
        if one.network is not Network.LOOPBACK
        and (":" in one.address) in families
        and not ip_address(one.address).is_link_local
        and socket.interface in (None, one.interface)
    )
