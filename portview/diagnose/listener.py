"""A socket of this machine explained: who can reach it, who owns it, what is unusual about it."""

import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from portview.knowledge.load import phrases, risks
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.services import services
from portview.knowledge.template import fill
from portview.sockets.records import Hidden, LocalSocket, Owner, Reach, Snapshot
from portview.vocabulary import Family, Protocol

_ANY = frozenset({"0.0.0.0", "::"})
_Words = Mapping[str, Mapping[str, str]]


def explain_socket(socket: LocalSocket, snapshot: Snapshot, language: str = "en") -> Page:
    """The panel of a selected socket. Reach comes first: it is what matters."""
    words = phrases("sockets", language)
    owner = f" {socket.owners[0].name}" if socket.owners and socket.owners[0].name else ""
    risk = _risk(socket, language)
    sections = [
        Section("", tuple(_reach(socket, words))),
        *risk,
        Section("Owner", tuple(_owner(socket, snapshot, words))),
    ]
    if socket.shared:
        sections.append(Section("Shared", (Line(_shared(socket, words)),)))
    if socket.queue and socket.queue.waiting is not None:
        sections.append(Section("Queue", (_queue(socket.queue.waiting, socket.queue.limit, words),)))
    sections.append(Section("Port", tuple(_port(socket, words))))
    sections.append(Section("By hand", tuple(_commands(socket, snapshot, words))))
    title = f"{socket.port}/{socket.protocol}{owner}"
    return Page(title, tuple(sections), Tone.WARN if risk else Tone.PLAIN)


def hidden_note(hidden: Hidden, language: str = "en") -> str | None:
    """One line about what a snapshot could not read, why, and what would show it; None: it read all."""
    if hidden.reason is None:
        return None
    words = phrases("sockets", language)["hidden"]
    reason = words[hidden.reason.value]
    if hidden.count is None:
        note = fill(words["some"], {"reason": reason})
    else:
        note = fill(words["count"], {"count": str(hidden.count), "reason": reason})
    return f"{note} {fill(words['remedy'], {'command': hidden.command})}" if hidden.command else note


def _reach(socket: LocalSocket, words: _Words) -> Iterator[Line]:
    reach = words["reach"]
    if not socket.is_listener:
        yield Line(fill(reach["connected"], {"remote": f"{socket.remote_address} {socket.remote_port}"}))
        return
    if socket.protocol is Protocol.UDP and socket.ephemeral:
        yield Line(reach["udp_client"])
    if socket.reach is not Reach.NETWORK:
        yield Line(reach[socket.reach.value])
    elif socket.address in _ANY:
        yield Line(reach["every_address"])
        if socket.family is Family.IPV6:
            yield Line(words["dual"]["ipv6_any"])
    else:
        yield Line(fill(reach["one_address"], {"address": socket.address}))


def _risk(socket: LocalSocket, language: str) -> tuple[Section, ...]:
    """A dangerous service matters where strangers can knock. The port is a fact, the service a guess."""
    risk = risks(language).get((socket.port, socket.protocol.value))
    if risk is None or not socket.is_listener or socket.reach is Reach.LOOPBACK:
        return ()
    return (
        Section("Risk", (Line(f"{risk.title}: {risk.reason}", Tone.WARN),)),
        Section("Fix", (Line(risk.fix),)),
    )


def _owner(socket: LocalSocket, snapshot: Snapshot, words: _Words) -> Iterator[Line]:
    owner = words["owner"]
    for one in socket.owners:
        yield Line(_process(one, socket, owner))
        if one.command:
            yield Line(fill(owner["command"], {"command": one.command}))
    if socket.owner_hidden and not socket.owners:
        reason = snapshot.hidden.reason.value if snapshot.hidden.reason else "unknown"
        yield Line(fill(owner["hidden"], {"reason": words["hidden"][reason]}))
        if socket.user:
            yield Line(fill(owner["user"], {"user": socket.user}))
    elif not socket.owners:
        yield Line(owner["none"])


def _process(one: Owner, socket: LocalSocket, owner: Mapping[str, str]) -> str:
    user = one.user or socket.user or "?"
    text = fill(owner["process"], {"name": one.name or "?", "pid": str(one.pid), "user": user})
    if one.started is None:
        return text
    started = datetime.fromtimestamp(one.started, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{text}, {fill(owner['started'], {'started': started})}"


def _shared(socket: LocalSocket, words: _Words) -> str:
    if socket.shared is None:
        return ""
    pids = ", ".join(f"pid {pid}" for pid in socket.shared.pids) or words["sharing"]["nobody"]
    return fill(words["sharing"][socket.shared.how.value], {"pids": pids})


def _queue(waiting: int, limit: int | None, words: _Words) -> Line:
    state = "waiting" if waiting else "empty"
    if limit is None:
        return Line(fill(words["queue"][f"{state}_no_limit"], {"waiting": str(waiting)}))
    values = {"waiting": str(waiting), "limit": str(limit)}
    if waiting > limit:
        return Line(fill(words["queue"]["full"], values), Tone.BAD)
    return Line(fill(words["queue"][state], values))


def _port(socket: LocalSocket, words: _Words) -> Iterator[Line]:
    values = {"port": str(socket.port), "protocol": socket.protocol.value}
    known = services().get((socket.port, socket.protocol))
    if known and known.product:
        yield Line(
            fill(words["service"]["product"], {**values, "name": known.name, "product": known.product})
        )
    elif socket.service:
        yield Line(fill(words["service"]["usual"], {**values, "name": socket.service}))
    else:
        yield Line(fill(words["service"]["unknown"], values))
    yield Line(fill(words["kind"][socket.kind.value], values))
    if socket.is_listener and socket.ephemeral and socket.protocol is Protocol.TCP:
        yield Line(words["kind"]["ephemeral"])


def _commands(socket: LocalSocket, snapshot: Snapshot, words: _Words) -> Iterator[Line]:
    local = {Family.IPV4: "127.0.0.1", Family.IPV6: "::1"}[socket.family]
    values = {
        "protocol": socket.protocol.value,
        "port": str(socket.port),
        "knock_address": shlex.quote(local if socket.address in _ANY else socket.address),
    }
    yield Line(fill(words["commands"]["who"], values), Tone.COMMAND)
    if socket.is_listener and socket.protocol is Protocol.TCP:
        yield Line(fill(words["commands"]["knock"], values), Tone.COMMAND)
    if socket.owner_hidden and snapshot.hidden.command:
        yield Line(snapshot.hidden.command, Tone.COMMAND)
