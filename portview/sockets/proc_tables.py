"""The tables in /proc/net, for a kernel or a sandbox that does not answer over netlink."""

from collections.abc import Sequence
from pathlib import Path

from portview.sockets.entry import Entry
from portview.sockets.procnet import parse_table
from portview.vocabulary import Family, Protocol

_TABLES = (
    (Path("/proc/net/tcp"), Protocol.TCP, Family.IPV4),
    (Path("/proc/net/tcp6"), Protocol.TCP, Family.IPV6),
    (Path("/proc/net/udp"), Protocol.UDP, Family.IPV4),
    (Path("/proc/net/udp6"), Protocol.UDP, Family.IPV6),
)


class ProcTables:
    """All that these tables tell; see `Tables`."""

    name = "proc"

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def read(self, *, everything: bool) -> Sequence[Entry]:
        """Parse all four. Raises OSError when they may not be read."""
        known = {entry: entry for entry in self._entries}
        entries: list[Entry] = []
        for path, protocol, family in _TABLES:
            try:
                table = path.read_text(encoding="ascii", errors="replace")
            except FileNotFoundError:
                if family is Family.IPV4:
                    raise
                continue  # a kernel without IPv6
            parsed = parse_table(table, protocol, family, listeners_only=not everything)
            entries += [known.get(entry, entry) for entry in parsed]
        if entries != self._entries:
            self._entries = entries
        return self._entries
