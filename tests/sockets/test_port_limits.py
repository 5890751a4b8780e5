"""The kernel's settings, against sysctl's own files."""

from pathlib import Path

from portview.sockets.kinds import ephemeral_range
from portview.sockets.port_limits import port_limits

SETTINGS = Path("/proc/sys/net/ipv4")


def test_limits_are_what_the_kernel_says() -> None:
    limits = port_limits()
    assert limits.ephemeral == ephemeral_range()
    assert str(limits.unprivileged_start) == (SETTINGS / "ip_unprivileged_port_start").read_text().strip()
    assert limits.reserved == (SETTINGS / "ip_local_reserved_ports").read_text().strip()
