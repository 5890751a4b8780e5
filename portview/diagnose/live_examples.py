"""Live examples: what the reference says in general, shown by the sockets of this machine.

Pure: whoever calls reads the machine. Each example is a small function of its own; one that finds
nothing yields nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from portview.knowledge.entries import Entry
from portview.knowledge.load import phrases, topics
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.search import is_port
from portview.knowledge.template import fill
from portview.sockets.port_limits import PortLimits
from portview.sockets.records import LocalSocket, Reach, Sharing, Snapshot
from portview.vocabulary import Protocol

_SHOWN = 5
_ANY = frozenset({"0.0.0.0", "::"})
_Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ThisMachine:
    """This machine at one moment; the snapshot is one of all sockets, connections too."""

    snapshot: Snapshot
    limits: PortLimits

    @property
    def listeners(self) -> list[LocalSocket]:
        """What a stranger's packet may reach."""
        return [socket for socket in self.snapshot.sockets if socket.is_listener]

    @property
    def connections(self) -> list[LocalSocket]:
        """Open connections over TCP."""
        return [socket for socket in self.snapshot.sockets if socket.state == "ESTABLISHED"]


def has_example(entry: Entry) -> bool:
    """Whether this machine may have an example of it, so that it is worth reading."""
    return entry.id in _EXAMPLES or (entry.kind == "port" and is_port(entry.port))


def with_example(page: Page, entry: Entry, machine: ThisMachine, language: str = "en") -> Page:
    """The page with what this machine shows of it, behind the answer; the same page where that is nothing."""
    words = phrases("live", language)
    if not has_example(entry):
        return page
    lines: tuple[Line, ...]
    if entry.port is not None:
        lines = tuple(_port(entry.port, machine, words))
    else:
        found = [text for example in _EXAMPLES[entry.id] for text in example(machine, words)]
        lines = tuple(Line(text, Tone.FACT) for text in found)
        if not lines and topics(language)[entry.id].make:
            lines = (Line(words["none"]["example"]),)
    if not lines:
        return page
    label = phrases("reference", language)["label"]["here"]
    transports = [section for section in page.sections if section.label[:3].lower() in tuple(Protocol)]
    answer = len(transports) or 1
    sections = (*page.sections[:answer], Section(label, lines), *page.sections[answer:])
    return replace(page, sections=sections)


def _port(port: int, machine: ThisMachine, words: _Words) -> Iterator[Line]:
    held = [socket for socket in machine.listeners if socket.port == port]
    for socket in held:
        yield Line(fill(words["port"]["held"], _values(socket, words)), Tone.FACT)
    if not held:
        yield Line(fill(words["port"]["free"], {"port": str(port)}), Tone.FACT)
    if machine.limits.ephemeral:
        first, last = machine.limits.ephemeral
        if first <= port <= last:
            values = {"first": str(first), "last": str(last)}
            yield Line(fill(words["port"]["ephemeral"], values), Tone.FACT)


def _who(socket: LocalSocket, words: _Words) -> str:
    if socket.owners:
        owner = socket.owners[0]
        return fill(words["who"]["process"], {"name": owner.name or "?", "pid": str(owner.pid)})
    return words["who"]["hidden" if socket.owner_hidden else "nobody"]


def _values(socket: LocalSocket, words: _Words) -> dict[str, str]:
    return {
        "who": _who(socket, words),
        "address": socket.address,
        "port": str(socket.port),
        "protocol": socket.protocol.value,
        "remote": f"{socket.remote_address} port {socket.remote_port}",
    }


def _listed(sockets: Iterable[LocalSocket]) -> str:
    """Each port once, with its program."""
    names = dict.fromkeys(
        f"{one.port}/{one.protocol}" + (f" {one.owners[0].name}" if one.owners else "") for one in sockets
    )
    shown = list(names)[:_SHOWN]
    return ", ".join(shown) + (", ..." if len(names) > _SHOWN else "")


def _ports(machine: ThisMachine, words: _Words) -> Iterator[str]:
    listeners = machine.listeners
    if listeners:
        counts = {"listeners": str(len(listeners)), "connections": str(len(machine.connections))}
        yield fill(words["ports"]["example"], {**_values(listeners[0], words), **counts})


def _ephemeral(machine: ThisMachine, words: _Words) -> Iterator[str]:
    if machine.limits.ephemeral is None:
        return
    first, last = machine.limits.ephemeral
    tcp = (socket for socket in machine.snapshot.sockets if socket.protocol is Protocol.TCP)
    used = {socket.port for socket in tcp if first <= socket.port <= last}
    values = {"first": first, "last": last, "used": len(used), "size": last - first + 1}
    yield fill(words["limits"]["ephemeral"], {name: str(value) for name, value in values.items()})


def _limits(machine: ThisMachine, words: _Words) -> Iterator[str]:
    start, reserved = machine.limits.unprivileged_start, machine.limits.reserved
    if start is not None:
        key = "privileged" if start else "free_for_all"
        yield fill(words["limits"][key], {"start": str(start)})
    if reserved is not None:
        yield fill(words["limits"]["reserved" if reserved else "none_reserved"], {"ports": reserved})


def _shared(machine: ThisMachine, words: _Words) -> Iterator[str]:
    shown: set[tuple[int, Protocol]] = set()
    for socket in machine.listeners:
        key = socket.port, socket.protocol
        if socket.shared and socket.shared.pids and key not in shown and len(shown) < _SHOWN:
            shown.add(key)
            how = "inherited" if socket.shared.how is Sharing.INHERITED else "reuse_port"
            pids = ", ".join(f"pid {pid}" for pid in socket.shared.pids[:_SHOWN])
            yield fill(words["share"][how], {**_values(socket, words), "who": pids})


def _on_addresses(machine: ThisMachine, words: _Words) -> Iterator[str]:
    addresses: defaultdict[tuple[int, Protocol], dict[str, LocalSocket]] = defaultdict(dict)
    for socket in machine.listeners:
        addresses[socket.port, socket.protocol].setdefault(socket.address, socket)
    several = [found for found in addresses.values() if len(found) > 1]
    for found in several[:1]:
        values = _values(next(iter(found.values())), words)
        yield fill(words["share"]["addresses"], {**values, "addresses": ", ".join(list(found)[:_SHOWN])})


def _several(machine: ThisMachine, words: _Words) -> Iterator[str]:
    ports: defaultdict[int, dict[str, LocalSocket]] = defaultdict(dict)
    for socket in machine.listeners:
        for owner in socket.owners[:1]:
            ports[owner.pid].setdefault(f"{socket.port}/{socket.protocol}", socket)
    most = max(ports.values(), key=len, default={})
    if len(most) > 1:
        who = _who(next(iter(most.values())), words)
        shown = ", ".join(list(most)[:_SHOWN]) + (", ..." if len(most) > _SHOWN else "")
        yield fill(words["several"]["example"], {"who": who, "count": str(len(most)), "ports": shown})


def _tcp_and_udp(machine: ThisMachine, words: _Words) -> Iterator[str]:
    by_port: defaultdict[int, dict[Protocol, LocalSocket]] = defaultdict(dict)
    for socket in machine.listeners:
        by_port[socket.port].setdefault(socket.protocol, socket)
    for port, found in by_port.items():
        if len(found) == len(Protocol):
            names = {protocol.value: _who(socket, words) for protocol, socket in found.items()}
            yield fill(words["both"]["example"], {"port": str(port), **names})
            return


def _time_wait(machine: ThisMachine, words: _Words) -> Iterator[str]:
    waiting = [socket for socket in machine.snapshot.sockets if socket.state == "TIME_WAIT"]
    if waiting:
        yield fill(words["ends"]["example"], {**_values(waiting[0], words), "count": str(len(waiting))})


def _many_connections(machine: ThisMachine, words: _Words) -> Iterator[str]:
    listening = {socket.port: socket for socket in machine.listeners if socket.protocol is Protocol.TCP}
    counts: defaultdict[int, int] = defaultdict(int)
    for socket in machine.connections:
        if socket.protocol is Protocol.TCP and socket.port in listening:
            counts[socket.port] += 1
    port = max(counts, key=lambda port: counts[port], default=None)
    if port is not None and counts[port] > 1:
        values = _values(listening[port], words)
        yield fill(words["many"]["example"], {**values, "count": str(counts[port])})


def _own_end(machine: ThisMachine, words: _Words) -> Iterator[str]:
    for socket in machine.connections:
        if socket.ephemeral and socket.owners:
            yield fill(words["own_end"]["example"], _values(socket, words))
            return


def _bound(machine: ThisMachine, words: _Words) -> Iterator[str]:
    for key, fits in (
        ("everywhere", lambda one: one.address in _ANY),
        ("loopback", lambda one: one.only_loopback),
    ):
        for socket in filter(fits, machine.listeners):
            yield fill(words["bound"][key], _values(socket, words))
            break


def _own_address(machine: ThisMachine, words: _Words) -> Iterator[str]:
    for socket in machine.snapshot.sockets:
        if socket.reach is Reach.NETWORK and socket.address not in _ANY:
            yield fill(words["own_address"]["example"], _values(socket, words))
            return


def _open(machine: ThisMachine, words: _Words) -> Iterator[str]:
    takes = [socket for socket in machine.listeners if socket.takes_network]
    if takes:
        values = {"open": str(len(takes)), "listeners": str(len(machine.listeners)), "ports": _listed(takes)}
        yield fill(words["open"]["example"], values)


def _unnamed(machine: ThisMachine, words: _Words) -> Iterator[str]:
    for socket in machine.listeners:
        if socket.service is None and socket.owners:
            yield fill(words["unnamed"]["example"], _values(socket, words))
            return


def _udp(machine: ThisMachine, words: _Words) -> Iterator[str]:
    sockets = [socket for socket in machine.listeners if socket.protocol is Protocol.UDP]
    if sockets:
        yield fill(words["udp"]["example"], {"ports": _listed(sockets)})


_Example = Callable[[ThisMachine, _Words], Iterator[str]]

_EXAMPLES: Mapping[str, tuple[_Example, ...]] = {
    "ports": (_ports,),
    "port-ranges": (_ephemeral, _limits),
    "my-ports": (_limits, _ephemeral),
    "ephemeral-ports": (_ephemeral, _own_end),
    "share-a-port": (_shared, _on_addresses),
    "several-ports": (_several,),
    "tcp-and-udp": (_tcp_and_udp,),
    "program-ends": (_time_wait,),
    "many-connections": (_many_connections,),
    "bound-address": (_bound,),
    "works-locally": (_own_address,),
    "why-scan": (_open,),
    "service-names": (_unnamed,),
    "udp-check": (_udp,),
    "udp-or-tcp": (_udp,),
}
