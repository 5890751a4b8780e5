"""What kind of address a target has, as far as the address itself tells (RFC 6890)."""

import ipaddress
from enum import Enum, auto

_CGNAT = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598
_FAKE_IP = ipaddress.ip_network("198.18.0.0/15")  # RFC 2544, used by fake-IP name servers
_IPV4_BROADCAST = ipaddress.IPv4Address(0xFFFFFFFF)


class AddressKind(Enum):
    """Where an address leads."""

    LOOPBACK = auto()
    LINK_LOCAL = auto()
    UNSPECIFIED = auto()
    BROADCAST = auto()
    MULTICAST = auto()
    CGNAT = auto()
    FAKE_IP = auto()
    PRIVATE = auto()
    PUBLIC = auto()
    RESERVED = auto()
    UNKNOWN = auto()


def kind_of(address: str) -> AddressKind:
    """Classify one address literal; UNKNOWN for what is none.

    Which address is the broadcast address of a network only routes tell.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return AddressKind.UNKNOWN
    if parsed.is_loopback:
        return AddressKind.LOOPBACK
    if parsed.is_unspecified:
        return AddressKind.UNSPECIFIED
    if parsed.is_multicast:
        return AddressKind.MULTICAST
    if parsed == _IPV4_BROADCAST:
        return AddressKind.BROADCAST
    if parsed.is_link_local:
        return AddressKind.LINK_LOCAL
    if parsed.version == 4 and parsed in _CGNAT:
        return AddressKind.CGNAT
    if parsed.version == 4 and parsed in _FAKE_IP:
        return AddressKind.FAKE_IP
    if parsed.is_global:
        return AddressKind.PUBLIC
    return AddressKind.PRIVATE if _is_site(parsed) else AddressKind.RESERVED


_SITES = tuple(
    ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def _is_site(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address.version == site.version and address in site for site in _SITES)
