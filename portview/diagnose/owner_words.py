"""Who is behind a socket, in words, and how that is known."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from portview.knowledge.load import phrases
from portview.knowledge.page import Line, Tone
from portview.knowledge.template import fill
from portview.sockets.about import About
from portview.sockets.owner.forwarders import forward_of
from portview.sockets.records import LocalSocket, Owner, Snapshot
from portview.sockets.secrets import masked
from portview.sockets.users import user_name
from portview.text import clean

_SHOWN = 2
COMMAND_LIMIT = 240
_MOST_PARENTS = 6
_Words = Mapping[str, str]


def owner_lines(
    socket: LocalSocket, known: About, snapshot: Snapshot, language: str = "en"
) -> Iterator[Line]:
    """The processes, where they come from, and what they are part of."""
    words = phrases("sockets", language)["owner"]
    told = ""
    for one in socket.owners[:_SHOWN]:
        yield Line(_process(one, socket, words))
        if one.command and one.command != told:
            told = one.command
            yield Line(fill(words["command"], {"command": clean(masked(told), COMMAND_LIMIT)}))
    if rest := socket.owners[_SHOWN:]:
        pids = ", ".join(str(one.pid) for one in rest)
        yield Line(fill(words["more"], {"count": str(len(rest)), "pids": pids}))
    if socket.owner_hidden and not socket.owners:
        yield from _hidden(socket, known, snapshot, language)
    elif not socket.owners:
        yield Line(words["none"])
    yield from _origin(known, words)
    yield from home_lines(known, words)
    yield from forward_lines(known, language)


def _process(one: Owner, socket: LocalSocket, words: _Words) -> str:
    user = one.user or socket.user or "?"
    text = fill(words["process"], {"name": one.name or "?", "pid": str(one.pid), "user": user})
    if one.started is None:
        return text
    started = datetime.fromtimestamp(one.started, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{text}, {fill(words['started'], {'started': started})}"


def _origin(known: About, words: _Words) -> Iterator[Line]:
    """The file behind the name where the name does not tell it, and the line of parents."""
    if known.holders and (path := known.holders[0].executable):
        first = known.holders[0]
        if first.deleted:
            yield Line(fill(words["deleted"], {"executable": path}))
        elif not first.arguments or first.arguments[0] != path:
            yield Line(fill(words["executable"], {"executable": path}))
    if known.parents:
        line = " < ".join(f"{one.name} ({one.pid})" for one in known.parents[:_MOST_PARENTS])
        yield Line(fill(words["parents"], {"parents": line}))


def _hidden(socket: LocalSocket, known: About, snapshot: Snapshot, language: str) -> Iterator[Line]:
    """Why the holder is hidden, and what its user and its cgroup tell all the same."""
    phrase = phrases("sockets", language)
    words, reason = phrase["owner"], snapshot.hidden.reason
    yield Line(fill(words["hidden"], {"reason": phrase["hidden"][reason.value if reason else "unknown"]}))
    if socket.user:
        yield Line(fill(words["user"], {"user": socket.user}))
    if not known.suspects:
        return
    first, count = known.suspects[0], len(known.suspects)
    values = {"name": first.name, "pid": str(first.pid), "count": str(count), "unit": known.unit or "?"}
    told = forward_of(first, socket.port)
    if told is not None and told.targets:
        yield Line(fill(words["claims"], values), Tone.INFERENCE)
    elif known.unit and count == 1:
        yield Line(fill(words["suspect"], values), Tone.INFERENCE)
    elif known.unit:
        yield Line(fill(words["suspects"], values), Tone.GUESS)


def home_lines(known: About, words: _Words) -> Iterator[Line]:
    """What the process is part of; only where the socket was made when the process is hidden."""
    home, container = known.home, known.container
    if container is not None:
        values = {"name": container.label, "runtime": container.runtime.value, "image": container.image or ""}
        yield Line(fill(words["container_image" if container.image else "container"], values))
        if container.pod:
            yield Line(fill(words["pod"], {"pod": container.pod}))
    elif home.unit and home.manager_uid is not None:
        yield Line(fill(words["user_unit"], {"unit": home.unit, "user": _user(home.manager_uid)}))
    elif home.session and home.user_uid is not None:
        yield Line(fill(words["session"], {"session": home.session, "user": _user(home.user_uid)}))
    elif home.unit and known.holders:
        yield Line(fill(words["unit"], {"unit": home.unit}))
    elif home.unit:
        yield Line(fill(words["made_in"], {"unit": home.unit}), Tone.FACT)
    if known.activation:
        values = {"service": known.activation.service, "socket": known.activation.socket_unit}
        yield Line(fill(words["activation"], values), Tone.INFERENCE)


def forward_lines(known: About, language: str = "en") -> Iterator[Line]:
    """What stands behind a forwarder, and where that is told."""
    forward = known.forward
    if forward is None:
        return
    words = phrases("sockets", language)["forward"]
    yield Line(fill(words[forward.how.value], {"program": forward.program}))
    if not forward.targets:
        if known.target is not None:
            yield Line(fill(words["container_only"], {"container": known.target.label}), Tone.INFERENCE)
        elif forward.told_by is None:
            yield Line(words["unknown"])
        return
    targets = ", ".join(forward.targets)
    if known.target is not None:
        told = fill(words["target_container"], {"targets": targets, "container": known.target.label})
    else:
        told = fill(words["targets"], {"targets": targets})
    if forward.told_by and os.sep in forward.told_by:
        told += f" ({fill(words['told_by'], {'file': forward.told_by})})"
        yield Line(told, Tone.INFERENCE)
    else:
        yield Line(told, Tone.FACT)


def _user(uid: int) -> str:
    return user_name(uid) or f"uid {uid}"
