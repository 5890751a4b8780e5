"""What the kernel has counted: in this network namespace since it began, and for each UDP socket.

The files are of the kernel's net/ipv4/proc.c, net/ipv6/proc.c and net/ipv4/udp.c; every user may read them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from portview.sockets.machine import Counters, Drops

_NET = Path("/proc/net")
_UDP_TABLES = ("udp", "udp6")
_INODE, _DROPS = 9, -1
_UDP_COLUMNS = 13


def counters() -> Counters:
    """The counters that findings ask for; None: not readable."""
    over_ipv4 = _grouped("snmp", "Udp:", "RcvbufErrors")
    over_ipv6 = _listed("snmp6", "Udp6RcvbufErrors")
    return Counters(
        listen_overflows=_grouped("netstat", "TcpExt:", "ListenOverflows"),
        udp_overflows=None if over_ipv4 is None else over_ipv4 + (over_ipv6 or 0),
    )


class UdpDrops:
    """Tells which UDP sockets lose datagrams, from one reading to the next."""

    def __init__(self) -> None:
        self._at_first: Mapping[int, int] | None = None

    def read(self, overflows: int | None) -> Mapping[int, Drops]:
        """Those with any, by inode; `overflows` of the machine say whether it is worth looking."""
        totals = dict(_totals()) if overflows else {}
        if self._at_first is None:
            self._at_first = totals
        return {inode: Drops(total, total - self._at_first.get(inode, 0)) for inode, total in totals.items()}


def _totals() -> Iterator[tuple[int, int]]:
    for name in _UDP_TABLES:
        for line in _text(name).splitlines()[1:]:
            fields = line.split()
            if len(fields) == _UDP_COLUMNS and (total := int(fields[_DROPS])):
                yield int(fields[_INODE]), total


def _grouped(file: str, group: str, name: str) -> int | None:
    """Each group is a line of names and a line of values."""
    lines = _text(file).splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        if names.startswith(group):
            return _number(dict(zip(names.split(), values.split(), strict=False)).get(name))
    return None


def _listed(file: str, name: str) -> int | None:
    """A name and its value on each line."""
    for line in _text(file).splitlines():
        if line.startswith(name):
            return _number(line.split()[-1])
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _text(file: str) -> str:
    try:
        return (_NET / file).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
