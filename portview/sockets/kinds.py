"""What kind of port a number is: by RFC 6335, and by this machine's own ephemeral range."""

from pathlib import Path

from portview.sockets.records import PortKind

_RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def port_kind(port: int) -> PortKind:
    """System 0-1023, user 1024-49151, dynamic 49152-65535 (RFC 6335, section 6)."""
    if port < 1024:
        return PortKind.SYSTEM
    return PortKind.USER if port < 49152 else PortKind.DYNAMIC


def ephemeral_range() -> tuple[int, int] | None:
    """First and last port that this machine gives to outgoing connections (ip(7)), for IPv6 as well.

    None where it cannot be read.
    """
    try:
        low, high = map(int, _RANGE_FILE.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return None
    return low, high


def is_ephemeral(port: int, ports: tuple[int, int] | None) -> bool | None:
    """Whether a port lies in that range; None when the range is unknown."""
    return None if ports is None else ports[0] <= port <= ports[1]
