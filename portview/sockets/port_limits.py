"""What this machine's kernel says about its ports as a whole (ip-sysctl in the kernel's docs)."""

from dataclasses import dataclass
from pathlib import Path

from portview.sockets.kinds import ephemeral_range

_SETTINGS = Path("/proc/sys/net/ipv4")


@dataclass(frozen=True, slots=True)
class PortLimits:
    """The kernel's settings; None where one cannot be read.

    `ephemeral` is the first and last port of outgoing connections, `unprivileged_start` the first
    port that needs no privilege to listen on, `reserved` what is kept free of outgoing connections,
    as the kernel writes it: "8080,9000-9010", empty for none. All of them hold for IPv6 as well.
    """

    ephemeral: tuple[int, int] | None = None
    unprivileged_start: int | None = None
    reserved: str | None = None


def port_limits() -> PortLimits:
    """Read them anew."""
    start = _setting("ip_unprivileged_port_start")
    return PortLimits(
        ephemeral_range(),
        int(start) if start and start.isdecimal() else None,
        _setting("ip_local_reserved_ports"),
    )


def _setting(name: str) -> str | None:
    try:
        return (_SETTINGS / name).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
