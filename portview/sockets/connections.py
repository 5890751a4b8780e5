"""Connections beside their listeners: who knocked at whom, and how many are in which state."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from portview.sockets.records import LocalSocket
from portview.sockets.scope import ANY, plain_address, takes_ipv4_too
from portview.vocabulary import Protocol


class Direction(StrEnum):
    """Which end of a connection knocked."""

    IN = "in"
    OUT = "out"


class Directions:
    """Tells connections that a listener here accepted from those that this machine dialled.

    The kernel keeps no note of it; a listener at the connection's own address and port does. One that
    has closed meanwhile leaves its connections looking dialled: those on a port outside the ephemeral
    range are taken for accepted all the same.
    """

    def __init__(self, sockets: Iterable[LocalSocket]) -> None:
        self._listeners: dict[tuple[Protocol, int], list[LocalSocket]] = {}
        for socket in sockets:
            if socket.is_listener:
                self._listeners.setdefault((socket.protocol, socket.port), []).append(socket)

    def of(self, socket: LocalSocket) -> Direction | None:
        """The direction of a connection; None for a listener."""
        if socket.remote_port is None:
            return None
        if self.listener_of(socket) is not None:
            return Direction.IN
        if socket.state == "SYN_SENT":
            return Direction.OUT
        return Direction.IN if socket.ephemeral is False else Direction.OUT

    def listener_of(self, socket: LocalSocket) -> LocalSocket | None:
        """The listener that accepted a connection; one at its very address comes before a wildcard."""
        if socket.remote_port is None:
            return None
        candidates = self._listeners.get((socket.protocol, socket.port), ())
        takers = [one for one in candidates if _takes(one, socket)]
        return min(takers, key=lambda one: plain_address(one.address) in ANY, default=None)


def state_counts(sockets: Iterable[LocalSocket]) -> dict[str, int]:
    """How many sockets are in each state, the most frequent first."""
    return dict(Counter(socket.state for socket in sockets).most_common())


def _takes(listener: LocalSocket, connection: LocalSocket) -> bool:
    own, theirs = plain_address(listener.address), plain_address(connection.address)
    if own not in ANY:
        return own == theirs
    if ":" not in own:
        return ":" not in theirs and connection.family is listener.family
    return takes_ipv4_too(listener) is not False or ":" in theirs
