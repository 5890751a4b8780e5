"""The words by which a user picks sockets out of many."""

import re
from collections.abc import Callable, Iterable

from portview.sockets.records import LocalSocket

_KEYS: dict[str, Callable[[LocalSocket], Iterable[str | None]]] = {
    "proto": lambda socket: (socket.protocol,),
    "user": lambda socket: (socket.user, *(owner.user for owner in socket.owners)),
    "process": lambda socket: (owner.name for owner in socket.owners),
    "service": lambda socket: (socket.service,),
    "reach": lambda socket: (socket.reach,),
    "kind": lambda socket: (socket.kind,),
    "state": lambda socket: (socket.state,),
}


_PORTS = re.compile(r"(?P<first>[0-9]{1,5})(-(?P<last>[0-9]{1,5}))?")


def matches(socket: LocalSocket, text: str) -> bool:
    """Whether a socket has every word of `text`, in any order and any case.

    `tcp`, `udp`, `ipv4`, `ipv6`; `:443` or `port:443` for exactly that port, `:8000-8099` for a
    range; `user:ro`, `process:`, `service:`, `reach:`, `kind:`, `state:`, `proto:` for what begins
    so, `pid:812` for exactly that process; `hidden` for a hidden owner; any other word is looked
    for in port, address, reach, service, state, users, processes and their commands. `!word` turns
    a word round. A word that is only begun (`!`, `user:`) holds for every socket.
    """
    return all(_holds(socket, word) for word in text.casefold().split())


def _holds(socket: LocalSocket, word: str) -> bool:
    if word.startswith("!"):
        rest = word[1:]
        begun = not rest or rest.endswith(":")
        return begun or not _holds(socket, rest)
    if word in ("tcp", "udp"):
        return socket.protocol == word
    if word in ("ipv4", "ipv6"):
        return socket.family == word
    key, _, value = word.partition(":")
    if key in _KEYS and key != word:
        return not value or any(text and text.casefold().startswith(value) for text in _KEYS[key](socket))
    if key == "pid" and key != word:
        return not value or any(str(owner.pid) == value for owner in socket.owners)
    if key in ("", "port") and (ports := _PORTS.fullmatch(value)):
        first = int(ports["first"])
        return first <= socket.port <= int(ports["last"] or first)
    return any(word in text.casefold() for text in _texts(socket) if text)


def _texts(socket: LocalSocket) -> Iterable[str | None]:
    yield from (f"{socket.address}:{socket.port}", socket.reach, socket.service, socket.state, socket.user)
    if socket.owner_hidden:
        yield "hidden"
    for owner in socket.owners:
        yield from (owner.name, owner.command, owner.user)
