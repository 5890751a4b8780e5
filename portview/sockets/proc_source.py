"""The source for Linux: the tables in /proc/net, and /proc/<pid>/fd for who holds what.

psutil reads the same files but keeps only one holder of each socket, and neither uid nor inode.
"""

from collections.abc import Iterator
from pathlib import Path

from portview.sockets.assemble import local_socket, snapshot_of
from portview.sockets.holders import find_holders
from portview.sockets.kinds import ephemeral_range
from portview.sockets.processes import Processes
from portview.sockets.procnet import Entry, parse_table
from portview.sockets.records import LocalSocket, Queue, Snapshot
from portview.sockets.visibility import blind_spot
from portview.vocabulary import Family, Protocol

_TABLES = (
    (Path("/proc/net/tcp"), Protocol.TCP, Family.IPV4),
    (Path("/proc/net/tcp6"), Protocol.TCP, Family.IPV6),
    (Path("/proc/net/udp"), Protocol.UDP, Family.IPV4),
    (Path("/proc/net/udp6"), Protocol.UDP, Family.IPV6),
)


class ProcSource:
    """Every socket of this network namespace, with every holder that may be read."""

    name = "proc"

    def __init__(self) -> None:
        self._processes = Processes()

    def snapshot(self, *, everything: bool = False) -> Snapshot:
        """Read it all anew; see `Source`."""
        entries = list(_entries(listeners_only=not everything))
        holders = find_holders({entry.inode for entry in entries if entry.inode is not None})
        owners = self._processes.owners({pid for pids in holders.pids.values() for pid in pids})
        reason = blind_spot(denied=holders.denied)
        ports = ephemeral_range()

        def assembled(entry: Entry) -> LocalSocket:
            pids = holders.pids.get(entry.inode, []) if entry.inode is not None else []
            return local_socket(
                entry.protocol,
                entry.family,
                entry.address,
                entry.port,
                entry.state,
                ephemeral_range=ports,
                remote_address=entry.remote_address,
                remote_port=entry.remote_port,
                uid=entry.uid,
                owners=[owners[pid] for pid in pids if pid in owners],
                owner_hidden=reason is not None and entry.inode is not None and not pids,
                queue=None if entry.waiting is None else Queue(entry.waiting, None),
                inode=entry.inode,
            )

        return snapshot_of(map(assembled, entries), source=self.name, ephemeral_range=ports, reason=reason)


def _entries(*, listeners_only: bool) -> Iterator[Entry]:
    for path, protocol, family in _TABLES:
        try:
            table = path.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            continue  # a kernel without IPv6
        yield from parse_table(table, protocol, family, listeners_only=listeners_only)
