"""A socket of this machine explained: who can reach it, who owns it, what is unusual about it."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from portview.diagnose.findings.words import sections, worst
from portview.diagnose.owner_words import owner_lines
from portview.diagnose.reach_words import reach_lines
from portview.diagnose.survey import Survey
from portview.diagnose.together import also_lines, shared_lines
from portview.knowledge.load import phrases
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.services import services
from portview.knowledge.template import fill
from portview.sockets.machine import Machine
from portview.sockets.own_command import own_command
from portview.sockets.owner.namespaces import is_wsl
from portview.sockets.owner.records import Namespace
from portview.sockets.records import Hidden, LocalSocket, Snapshot
from portview.sockets.scope import ANY
from portview.vocabulary import Family, Protocol

_Words = Mapping[str, Mapping[str, str]]
_MOST_NAMESPACES = 5


def explain_socket(socket: LocalSocket, about: Snapshot | Survey, language: str = "en") -> Page:
    """The panel of a selected socket: reach first, then what is wrong, then who. It holds no secrets."""
    survey = about if isinstance(about, Survey) else Survey(about, language)
    words = phrases("sockets", language)
    known = survey.about(socket)
    concerns = survey.said(socket)
    owners = tuple(owner_lines(socket, known, survey.snapshot, language))
    parts = [
        Section("", tuple(Line(text) for text in reach_lines(socket, survey, language))),
        *(section for one in concerns if one.level != "note" for section in sections(one)),
        Section("Owner", owners),
        *_texts("Shared", shared_lines(socket, survey, language)),
        *_texts("Also here", also_lines(socket, survey, language)),
        *_crowd(socket, survey),
        *_queue(socket, words),
        *(section for one in concerns if one.level == "note" for section in sections(one)),
        Section("Port", tuple(_port(socket, words))),
        Section("By hand", tuple(_commands(socket, survey.snapshot, words))),
        *_texts("Not listed", namespaces_notes(survey.snapshot.machine, language)),
    ]
    return Page(title_of(socket), tuple(parts), worst(concerns))


def title_of(socket: LocalSocket) -> str:
    """`443/tcp nginx`."""
    owner = f" {socket.owners[0].name}" if socket.owners and socket.owners[0].name else ""
    return f"{socket.port}/{socket.protocol}{owner}"


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


def refused_note(snapshot: Snapshot, language: str = "en") -> str | None:
    """One line about a better source that the kernel refused; None: none was refused."""
    if snapshot.refused is None:
        return None
    return fill(phrases("sockets", language)["hidden"]["refused"], {"errno": snapshot.refused})


def namespaces_notes(machine: Machine, language: str = "en") -> Iterator[str]:
    """Sentences about other network namespaces, whose sockets no list of this one shows."""
    words = phrases("sockets", language)["namespaces"]
    if is_wsl():
        yield words["wsl"]
    if found := machine.namespaces:
        number = "one" if len(found) == 1 else "some" if len(found) <= _MOST_NAMESPACES else "many"
        names = ", ".join(map(_named, found[:_MOST_NAMESPACES]))
        yield fill(words[number], {"count": str(len(found)), "names": names})
        yield from _how_to_enter(found, words)


def _named(namespace: Namespace) -> str:
    """Its name, with a process that lives there: by that it is entered."""
    if namespace.pid is None or "(pid " in namespace.name:
        return namespace.name
    return f"{namespace.name} (pid {namespace.pid})"


def _how_to_enter(found: Sequence[Namespace], words: Mapping[str, str]) -> Iterator[str]:
    """By a process inside, else by its name (ip-netns(8)); of many the general form."""
    portview = own_command()
    if any(one.pid for one in found):
        pid = str(found[0].pid) if len(found) == 1 else "PID"
        yield fill(words["command"], {"pid": pid, "portview": portview})
    if any(one.pid is None for one in found):
        name = shlex.quote(found[0].name) if len(found) == 1 else "NAME"
        yield fill(words["by_name"], {"name": name, "portview": portview})


def _texts(label: str, texts: Iterable[str]) -> Iterator[Section]:
    lines = tuple(map(Line, texts))
    if lines:
        yield Section(label, lines)


def _crowd(socket: LocalSocket, survey: Survey) -> Iterator[Section]:
    if counts := survey.crowd(socket):
        told = ", ".join(
            f"{count} {state}" for state, count in sorted(counts.items(), key=lambda one: -one[1])
        )
        yield Section("Clients", (Line(told),))


def _queue(socket: LocalSocket, words: _Words) -> Iterator[Section]:
    """What waits in the queue. That it is full is a finding, and said there."""
    if socket.queue is None or socket.queue.waiting is None:
        return
    waiting, limit = socket.queue.waiting, socket.queue.limit
    if limit is not None and waiting > limit:
        return
    state = "waiting" if waiting else "empty"
    key = f"{state}_no_limit" if limit is None else state
    text = fill(words["queue"][key], {"waiting": str(waiting), "limit": str(limit)})
    yield Section("Queue", (Line(text),))


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
        "knock_address": shlex.quote(local if socket.address in ANY else socket.address),
    }
    yield Line(fill(words["commands"]["who"], values), Tone.COMMAND)
    if socket.is_listener and socket.protocol is Protocol.TCP:
        yield Line(fill(words["commands"]["knock"], values), Tone.COMMAND)
    if socket.owner_hidden and snapshot.hidden.command:
        yield Line(snapshot.hidden.command, Tone.COMMAND)
