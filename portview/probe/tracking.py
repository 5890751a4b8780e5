"""How full the table is in which this machine's firewall remembers connections (Linux, nf_conntrack-sysctl).

A full one drops what would begin a new connection, also on the way out. Everybody may read its size.
"""

from pathlib import Path

_SETTINGS = Path("/proc/sys/net/netfilter")


def tracked_connections(settings: Path = _SETTINGS) -> tuple[int, int] | None:
    """How many connections are tracked and how many may be; None where none are, or nobody tells."""
    try:
        count, most = (int((settings / f"nf_conntrack_{name}").read_text()) for name in ("count", "max"))
    except (OSError, ValueError):
        return None
    return count, most
