"""How often this machine found a listener's queue full: a counter of the kernel (Linux, proc_net(5)).

`TcpExt: ListenOverflows` in /proc/net/netstat counts, for the whole machine or container, the
handshakes that were dropped because a listening program had not accepted the earlier ones.
"""

from pathlib import Path

_TABLE = Path("/proc/net/netstat")


def listen_overflows() -> int | None:
    """The counter now; None where the platform has none."""
    try:
        return counter_in(_TABLE.read_text(encoding="ascii"), "TcpExt", "ListenOverflows")
    except (OSError, ValueError):
        return None


def counter_in(text: str, group: str, name: str) -> int | None:
    """One counter of a table whose lines come in pairs, names over values; None when it is not there."""
    lines = [line.split() for line in text.splitlines() if line.startswith(f"{group}:")]
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        if name in names and len(values) == len(names):
            return int(values[names.index(name)])
    return None
