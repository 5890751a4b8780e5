"""Who can knock at an address and an interface that a socket is bound to."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from portview.sockets.records import Reach

_LOOPBACK = "lo"


@lru_cache(maxsize=4096)
def reach_of(address: str, interface: str | None = None) -> Reach:
    """Judge an address by itself, firewalls left aside; the wildcard reaches the network.

    What is bound to Linux's loopback interface (`lo`) is found by this machine alone, whatever its
    address. `address` is an IPv4 or IPv6 literal, with or without %scope. Loopback is 127.0.0.0/8 (RFC 1122)
    and ::1, link-local 169.254.0.0/16 (RFC 3927) and fe80::/10 (RFC 4291); a v4-mapped address
    counts as its IPv4 address.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_loopback or interface == _LOOPBACK:
        return Reach.LOOPBACK
    return Reach.LINK_LOCAL if ip.is_link_local else Reach.NETWORK
