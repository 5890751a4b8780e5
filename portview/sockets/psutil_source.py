"""The source for any system that psutil knows.

It tells addresses, states and owners, but neither uid nor inode nor queue, so how several
processes share a port stays unknown.
"""

from collections import defaultdict
from collections.abc import Iterator
from socket import AF_INET, AF_INET6, SOCK_STREAM

import psutil

from portview.sockets.assemble import in_telling_order, local_socket, snapshot_of
from portview.sockets.entry import Entry
from portview.sockets.kinds import ephemeral_range
from portview.sockets.processes import Processes
from portview.sockets.records import HiddenReason, LocalSocket, Snapshot
from portview.sockets.visibility import blind_spot
from portview.vocabulary import Family, Protocol

_FAMILIES: dict[int, Family] = {AF_INET: Family.IPV4, AF_INET6: Family.IPV6}
# Connections of the kernel alone: no process holds them yet, or any more.
_UNOWNED = frozenset({"SYN_RECV", "TIME_WAIT"})


class PsutilSource:
    """All sockets that psutil may see."""

    name = "psutil"

    def __init__(self) -> None:
        self._processes = Processes()

    def snapshot(self, *, everything: bool = False) -> Snapshot:
        """Read it all anew; see `Source`."""
        reason, countable = blind_spot(), True
        held: defaultdict[Entry, set[int | None]] = defaultdict(set)
        try:
            connections = list(connections_at_once())
        except psutil.AccessDenied:  # macOS, for anyone but root
            connections, countable = list(connections_by_process()), False
        except OSError:
            connections, reason, countable = [], HiddenReason.NO_PROCFS, False
        for entry, pid in connections:
            if everything or entry.state in ("LISTEN", "UNCONN"):
                held[entry].add(pid)
        owners = self._processes.owners({pid for pids in held.values() for pid in pids if pid is not None})
        ports = ephemeral_range()

        def assembled(entry: Entry) -> LocalSocket:
            pids = held[entry]
            return local_socket(
                entry,
                ports,
                in_telling_order(owners[pid] for pid in pids if pid in owners),
                owner_hidden=reason is not None and None in pids and entry.state not in _UNOWNED,
            )

        return snapshot_of(
            map(assembled, held), source=self.name, ephemeral_range=ports, reason=reason, countable=countable
        )


def connections_at_once() -> Iterator[tuple[Entry, int | None]]:
    """Every socket with the pid of one holder, None where that is hidden.

    Raises psutil.AccessDenied where this takes root, OSError where nothing can be read.
    """
    for found in psutil.net_connections(kind="inet"):
        if found.laddr:
            # Windows lists what nobody holds any more under pid 0.
            yield _entry(found.family, found.type, found.laddr, found.raddr, found.status), found.pid or None


def connections_by_process() -> Iterator[tuple[Entry, int | None]]:
    """The sockets of each process that may be looked into."""
    for process in psutil.process_iter():
        try:
            connections = process.net_connections(kind="inet")
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
        for found in connections:
            if found.laddr:
                yield _entry(found.family, found.type, found.laddr, found.raddr, found.status), process.pid


def _entry(
    family: int, kind: int, local: tuple[str, int], remote: tuple[str, int] | tuple[()], status: str
) -> Entry:
    address, port = local
    remote_address, remote_port = remote or (None, None)
    protocol = Protocol.TCP if kind == SOCK_STREAM else Protocol.UDP
    if protocol is Protocol.UDP:
        status = "ESTABLISHED" if remote else "UNCONN"
    return Entry(protocol, _FAMILIES[family], address, port, remote_address, remote_port, status)
