"""What changed since the last reading: new sockets are marked for a while, gone ones stay for a while."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from portview.sockets.changes import changes
from portview.sockets.records import LocalSocket

KEPT_S = 6.0
"""Seconds for which a change is shown."""


class Mark(StrEnum):
    """What happened to a socket; the word stands in its row."""

    NONE = ""
    NEW = "new"
    GONE = "gone"
    REPLACED = "again"


@dataclass(frozen=True, slots=True)
class Shown:
    """A socket as it stands in the list. `key` stays the same when a restart puts another in its place."""

    socket: LocalSocket
    key: Hashable
    mark: Mark = Mark.NONE


class _Change(NamedTuple):
    mark: Mark
    socket: LocalSocket
    until: float


class Marks:
    """Compares one reading with the next of the same kind; times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._sockets: tuple[LocalSocket, ...] = ()
        self._kind: bool | None = None
        self._keys: dict[Hashable, Hashable] = {}
        self._changes: dict[Hashable, _Change] = {}
        self._seen: list[Shown] = []

    def see(self, sockets: tuple[LocalSocket, ...], now: float, *, everything: bool) -> list[Shown]:
        """Take a reading, and tell what is to be shown: its sockets and those that have just gone.

        Where nothing has changed it is the same list as before.
        """
        if sockets is self._sockets and everything is self._kind and not self._changes:
            return self._seen
        if everything is not self._kind:
            self._kind, self._changes, self._keys = everything, {}, {}
        else:
            self._note(self._sockets, sockets, now + KEPT_S)
        self._changes = {key: change for key, change in self._changes.items() if change.until > now}
        self._sockets = sockets
        here = [self._shown(socket) for socket in sockets]
        keys = {one.key for one in here}
        gone = (
            Shown(change.socket, key, Mark.GONE)
            for key, change in self._changes.items()
            if change.mark is Mark.GONE and key not in keys
        )
        self._seen = [*here, *gone]
        return self._seen

    def _shown(self, socket: LocalSocket) -> Shown:
        key = self._keys.get(socket.identity, socket.identity)
        change = self._changes.get(key)
        return Shown(socket, key, change.mark if change and change.mark is not Mark.GONE else Mark.NONE)

    def _note(self, before: tuple[LocalSocket, ...], after: tuple[LocalSocket, ...], until: float) -> None:
        found = changes(before, after)
        if not (found.new or found.gone or found.replaced):
            return
        # A connection that ends loses its inode, and with it its identity, but not its two ends.
        old, new = {_ends(one) for one in before}, {_ends(one) for one in after}
        for pair in found.replaced:
            key = self._keys.pop(pair.before.identity, pair.before.identity)
            self._keys[pair.after.identity] = key
            self._changes[key] = _Change(Mark.REPLACED, pair.after, until)
        for socket in found.gone:
            key = self._keys.pop(socket.identity, socket.identity)
            if socket.is_listener or _ends(socket) not in new:
                self._changes[key] = _Change(Mark.GONE, socket, until)
        for socket in found.new:
            if socket.is_listener or _ends(socket) not in old:
                self._changes[socket.identity] = _Change(Mark.NEW, socket, until)


def _ends(socket: LocalSocket) -> Hashable:
    return (socket.protocol, socket.address, socket.port, socket.remote_address, socket.remote_port)
