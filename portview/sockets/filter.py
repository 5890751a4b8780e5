"""The words by which a user picks sockets out of many."""

import re
from collections.abc import Callable, Collection, Iterable

from portview.errors import BadInput
from portview.sockets.about import About
from portview.sockets.records import LocalSocket, PortKind, Reach
from portview.sockets.scope import Scope
from portview.text import clean
from portview.vocabulary import Family, Protocol

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

_LAST_PORT = 65535
# The keys whose values are a closed list.
_VALUES: dict[str, tuple[str, ...]] = {
    "proto": tuple(Protocol),
    "reach": tuple(dict.fromkeys((*Reach, *Scope))),
    "kind": tuple(PortKind),
}
# A socket's reach, and its scope.
_CIRCLES = (
    (Reach.LOOPBACK, Scope.LOOPBACK),
    (Reach.LINK_LOCAL, Scope.LINK_LOCAL),
    *((Reach.NETWORK, scope) for scope in Scope if scope is not Scope.LINK_LOCAL),
)
_FAMILIES = tuple(Family)
# A key and its value; `host:80` and `http://` are words of a command, `fe80::1` is an address.
_KEYED = re.compile(r"(?P<key>[a-z]*):(?P<value>(?!:|//).*)", re.ASCII)
_ADDRESS = re.compile(r"[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.%]*", re.ASCII)


def check(text: str) -> None:
    """Refuse a filter that no socket could ever pass, by a word or by several together. Raises BadInput."""
    words = text.casefold().split()
    for word in words:
        if fault := _fault(word.lstrip("!")):
            raise BadInput(f"the filter {clean(word, 40)}: {fault}")
    if opposed := _opposed(words):
        raise BadInput(f"the filter {clean(' '.join(opposed), 80)}: these words exclude each other")


def _opposed(words: Iterable[str]) -> list[str]:
    """Words of which no socket has all, since it has one port, one protocol, one family and one reach."""
    left: dict[str, Collection[object]] = {}
    said: dict[str, list[str]] = {}
    for word in words:
        bare = word.lstrip("!")
        trait, values, wanted = _trait(bare)
        is_turned = (len(word) - len(bare)) % 2 == 1
        said.setdefault(trait, []).append(word)
        left[trait] = [one for one in left.get(trait, values) if (one in wanted) is not is_turned]
        if not left[trait]:
            return said[trait]
    return []


def _trait(word: str) -> tuple[str, Collection[object], Collection[object]]:
    """What a word is about, which values that has, and which of them the word wants."""
    key, _, value = word.partition(":")
    if word in _FAMILIES:
        return "family", _FAMILIES, (word,)
    if word in tuple(Protocol):
        return "proto", tuple(Protocol), (word,)
    if key in ("", "port") and (ports := _PORTS.fullmatch(value)):
        first = int(ports["first"])
        return "port", range(_LAST_PORT + 1), range(first, int(ports["last"] or first) + 1)
    if key == "reach":
        return key, _CIRCLES, [one for one in _CIRCLES if any(each.startswith(value) for each in one)]
    if key in _VALUES:
        return key, _VALUES[key], [one for one in _VALUES[key] if one.startswith(value)]
    return word, (True, False), (True,)


def _fault(word: str) -> str | None:
    if not word:
        return "! turns a word round, as in !loopback"
    keyed = _KEYED.fullmatch(word)
    if keyed is None or _ADDRESS.fullmatch(word):
        return None
    key, value = keyed["key"], keyed["value"]
    if key in ("", "port"):
        return _port_fault(value)
    if key not in (*_KEYS, "pid"):
        return None if value[:1].isdecimal() else f"there is no {clean(key, 20)}:, but {_known_keys()}"
    if not value:
        return f"{key}: needs a value"
    if key == "pid" and not (value.isascii() and value.isdecimal()):
        return "pid: takes a number"
    values = _VALUES.get(key)
    if values and not any(one.startswith(value) for one in values):
        return f"{key}: is one of {', '.join(values)}"
    return None


def _port_fault(value: str) -> str | None:
    ports = _PORTS.fullmatch(value)
    if ports is None:
        return "a port is a number or a range, as in :443 or :8000-8099"
    first, last = int(ports["first"]), int(ports["last"] or ports["first"])
    if last > _LAST_PORT or first > _LAST_PORT:
        return f"ports end at {_LAST_PORT}"
    return "the range ends before it begins" if last < first else None


def _known_keys() -> str:
    return ", ".join(f"{key}:" for key in (*_KEYS, "pid", "port"))


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
    yield from (f"{socket.address}:{socket.port}", socket.bound_to, socket.peer, socket.reach)
    yield from (socket.service, socket.state, socket.user)
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
