"""Which of this machine's routes leads to an address: straight to it, or through a gateway.

Only the main table is readable as a file; where a policy rule decides, what is said here is wrong.
"""

import ipaddress
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

_IPV4 = Path("/proc/net/route")
_IPV6 = Path("/proc/net/ipv6_route")
_FLAG_GATEWAY = 0x2  # RTF_GATEWAY, linux/route.h

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# A destination, the metric and whether a gateway is named.
Route = tuple[_Network, int, bool]


def is_on_link(address: str) -> bool:
    """Whether no gateway is between, as the most specific route says; a scope is always this link's."""
    bare, _, scope = address.partition("%")
    parsed = ipaddress.ip_address(bare)
    if scope or parsed.is_loopback:
        return True
    routes = _ipv6_routes(_lines(_IPV6)) if parsed.version == 6 else _ipv4_routes(_lines(_IPV4)[1:])
    return choose(parsed, routes) is False


def choose(address: _Address, routes: Iterator[Route]) -> bool | None:
    """Whether the best route for an address goes through a gateway; None when there is no route."""
    fitting = [route for route in routes if address in route[0]]
    best = min(fitting, key=lambda route: (-route[0].prefixlen, route[1]), default=None)
    return best[2] if best else None


def _ipv4_routes(lines: list[str]) -> Iterator[Route]:
    """Interface, destination, gateway, flags, two counters, metric, mask; addresses in memory order."""
    for fields in map(str.split, lines):
        if len(fields) > 7:
            network = ipaddress.IPv4Network(f"{_dotted(fields[1])}/{_dotted(fields[7])}")
            yield network, int(fields[6]), bool(int(fields[3], 16) & _FLAG_GATEWAY)


def _dotted(word: str) -> str:
    return socket.inet_ntoa(struct.pack("=I", int(word, 16)))


def _ipv6_routes(lines: list[str]) -> Iterator[Route]:
    """Destination and its length, source and its length, next hop, metric, two counters, flags."""
    for fields in map(str.split, lines):
        if len(fields) > 8:
            network = ipaddress.IPv6Network((int(fields[0], 16), int(fields[1], 16)))
            yield network, int(fields[5], 16), bool(int(fields[8], 16) & _FLAG_GATEWAY)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
