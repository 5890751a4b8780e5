"""Who shares a port with whom, and how: told by the inodes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from portview.sockets.records import LocalSocket, Shared, Sharing


def with_sharing(sockets: Iterable[LocalSocket]) -> list[LocalSocket]:
    """Fill in `shared`, for listeners.

    Several listening sockets at one protocol, family, address, port and interface share it by SO_REUSEPORT
    (socket(7)); UDP sockets with SO_REUSEADDR, as for multicast, look the same. One socket held by
    several processes was inherited or handed over. Where both hold, the first is said: it names all
    the holders. Without an inode the two cannot be told apart, and nothing is said.
    """
    told = list(sockets)
    places: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, socket in enumerate(told):
        if socket.remote_port is None and socket.inode is not None and socket.is_listener:
            place = socket.protocol, socket.family, socket.address, socket.port, socket.interface
            places[place].append(number)
    for numbers in places.values():
        siblings = [told[number] for number in numbers]
        for number, socket in zip(numbers, siblings, strict=True):
            shared = _shared(socket, siblings)
            if shared != socket.shared:  # else the record is right already
                told[number] = replace(socket, shared=shared)
    return told


def _shared(socket: LocalSocket, siblings: list[LocalSocket]) -> Shared | None:
    if len({sibling.inode for sibling in siblings}) > 1:  # the kernel may list one socket twice
        pids = {owner.pid for sibling in siblings for owner in sibling.owners}
        return Shared(Sharing.REUSE_PORT, tuple(sorted(pids)))
    if len(socket.owners) > 1:
        return Shared(Sharing.INHERITED, tuple(sorted(owner.pid for owner in socket.owners)))
    return None
