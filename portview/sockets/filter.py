"""The words by which a user picks sockets out of many."""

import re
from collections.abc import Callable, Iterable

from portview.sockets.about import About
from portview.sockets.records import LocalSocket

_Texts = Iterable[str | None]

_KEYS: dict[str, Callable[[LocalSocket, About | None], _Texts]] = {
    "proto": lambda socket, _: (socket.protocol,),
    "user": lambda socket, _: (socket.user, *(owner.user for owner in socket.owners)),
    "process": lambda socket, _: (owner.name for owner in socket.owners),
    "service": lambda socket, _: (socket.service,),
    "reach": lambda socket, known: (socket.reach, known.scope if known else None),
    "kind": lambda socket, _: (socket.kind,),
    "state": lambda socket, _: (socket.state,),
    "unit": lambda socket, known: (known.unit if known else None,),
    "container": lambda socket, known: _container(known),
}

_PORTS = re.compile(r"(?P<first>[0-9]{1,5})(-(?P<last>[0-9]{1,5}))?")


def matches(socket: LocalSocket, text: str, known: About | None = None) -> bool:
    """Whether a socket has every word of `text`, in any order and any case.

    `tcp`, `udp`, `ipv4`, `ipv6`; `:443` or `port:443` for exactly that port, `:8000-8099` for a
    range; `user:ro`, `process:`, `service:`, `reach:`, `kind:`, `state:`, `proto:`, `unit:`,
    `container:` for what begins so, `pid:812` for exactly that process; `hidden` for a hidden owner;
    any other word is looked for in port, addresses, reach, service, state, users, processes and their
    commands, unit and container. `!word` turns a word round. A word that is only begun (`!`, `user:`)
    holds for every socket. Without `known` nothing is known of unit, container and scope.
    """
    return all(_holds(socket, word, known) for word in text.casefold().split())


def _holds(socket: LocalSocket, word: str, known: About | None) -> bool:
    if word.startswith("!"):
        rest = word[1:]
        begun = not rest or rest.endswith(":")
        return begun or not _holds(socket, rest, known)
    if word in ("tcp", "udp"):
        return socket.protocol == word
    if word in ("ipv4", "ipv6"):
        return socket.family == word
    key, _, value = word.partition(":")
    if key in _KEYS and key != word:
        texts = _KEYS[key](socket, known)
        return not value or any(text and text.casefold().startswith(value) for text in texts)
    if key == "pid" and key != word:
        return not value or any(str(owner.pid) == value for owner in socket.owners)
    if key in ("", "port") and (ports := _PORTS.fullmatch(value)):
        first = int(ports["first"])
        return first <= socket.port <= int(ports["last"] or first)
    return any(word in text.casefold() for text in _texts(socket, known) if text)


def _texts(socket: LocalSocket, known: About | None) -> _Texts:
    yield from (f"{socket.address}:{socket.port}", socket.reach, socket.service, socket.state, socket.user)
    if socket.remote_port:
        yield f"{socket.remote_address}:{socket.remote_port}"
    if socket.owner_hidden:
        yield "hidden"
    for owner in socket.owners:
        yield from (owner.name, owner.command, owner.user)
    if known is not None:
        yield from (known.scope, known.unit, *_container(known))


def _container(known: About | None) -> _Texts:
    """A container by its name, its id and its runtime; also the one behind a forwarder."""
    for container in (known.container, known.target) if known else ():
        if container is not None:
            yield from (container.name, container.id, container.runtime)
