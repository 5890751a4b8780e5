"""What is different between two snapshots: what is new, what is gone, and what was only restarted."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from portview.sockets.records import LocalSocket


@dataclass(frozen=True, slots=True)
class Replaced:
    """A socket in the place of another: the same address and program, but opened anew."""

    before: LocalSocket
    after: LocalSocket


@dataclass(frozen=True, slots=True)
class Changes:
    """Each list in the order of the snapshot it comes from; every socket is in one of them at most."""

    new: tuple[LocalSocket, ...] = ()
    gone: tuple[LocalSocket, ...] = ()
    replaced: tuple[Replaced, ...] = ()


NONE = Changes()


def changes(before: Iterable[LocalSocket], after: Iterable[LocalSocket]) -> Changes:
    """Compare two lists of sockets of the same kind: listeners with listeners, or all with all.

    A listener that comes where another one went, at the same protocol, family, address and port and
    of a program of the same name, replaces it: a restart. Where both have no readable owner, the user
    has to be the same instead. A connection that comes and one that goes are never the same.
    """
    if before is after:
        return NONE
    old = {socket.identity: socket for socket in before}
    new = {socket.identity: socket for socket in after}
    gone = [socket for identity, socket in old.items() if identity not in new]
    came = [socket for identity, socket in new.items() if identity not in old]
    replaced = _replaced(gone, came)
    settled = {identity for pair in replaced for identity in (pair.before.identity, pair.after.identity)}
    return Changes(
        new=tuple(socket for socket in came if socket.identity not in settled),
        gone=tuple(socket for socket in gone if socket.identity not in settled),
        replaced=tuple(replaced),
    )


def _replaced(gone: Iterable[LocalSocket], came: Iterable[LocalSocket]) -> list[Replaced]:
    """Pairs; of several workers at one place the first that went belongs to the first that came."""
    vacant: defaultdict[tuple[object, ...], list[LocalSocket]] = defaultdict(list)
    for socket in gone:
        if socket.is_listener:
            vacant[_post(socket)].append(socket)
    return [
        Replaced(vacant[_post(socket)].pop(0), socket)
        for socket in came
        if socket.is_listener and vacant[_post(socket)]
    ]


def _post(socket: LocalSocket) -> tuple[object, ...]:
    """What stays the same over a restart."""
    place = (socket.protocol, socket.family, socket.address, socket.port)
    return (*place, socket.owners[0].name) if socket.owners else (*place, None, socket.uid)
