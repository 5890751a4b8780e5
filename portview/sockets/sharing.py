"""Who shares a port with whom, and how: told by the inodes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from portview.sockets.records import LocalSocket, Shared, Sharing


def with_sharing(sockets: Iterable[LocalSocket]) -> list[LocalSocket]:
    """Fill in `shared`, for listeners.

    Several listening sockets at one protocol, family, address and port share it by SO_REUSEPORT
    (socket(7)); UDP sockets with SO_REUSEADDR, as for multicast, look the same. One socket held by
    several processes was inherited or handed over. Where both hold, the first is said: it names all
    the holders. Without an inode the two cannot be told apart, and nothing is said.
    """
    everything = list(sockets)
    siblings: defaultdict[tuple[object, ...], list[LocalSocket]] = defaultdict(list)
    for socket in everything:
        if _counts(socket):
            siblings[_place(socket)].append(socket)
    return [_told(socket, siblings) if _counts(socket) else socket for socket in everything]


def _told(socket: LocalSocket, siblings: Mapping[tuple[object, ...], list[LocalSocket]]) -> LocalSocket:
    """The same record where it is right already."""
    shared = _shared(socket, siblings[_place(socket)])
    return socket if shared == socket.shared else replace(socket, shared=shared)


def _counts(socket: LocalSocket) -> bool:
    return socket.is_listener and socket.inode is not None


def _place(socket: LocalSocket) -> tuple[object, ...]:
    return socket.protocol, socket.family, socket.address, socket.port


def _shared(socket: LocalSocket, siblings: list[LocalSocket]) -> Shared | None:
    if len(siblings) > 1:
        pids = {owner.pid for sibling in siblings for owner in sibling.owners}
        return Shared(Sharing.REUSE_PORT, tuple(sorted(pids)))
    if len(socket.owners) > 1:
        return Shared(Sharing.INHERITED, tuple(sorted(owner.pid for owner in socket.owners)))
    return None
