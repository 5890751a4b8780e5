"""Stopping the owner of a socket: the plan for this machine and this login, and its words."""

import os
from collections.abc import Iterator, Mapping

from portview.diagnose.owner_words import COMMAND_LIMIT
from portview.diagnose.survey import Survey
from portview.knowledge.load import phrases
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.template import fill
from portview.sockets.command_line import in_one_line
from portview.sockets.owner.tree import ancestors, with_ancestors
from portview.sockets.owner.units import restarts
from portview.sockets.records import LocalSocket
from portview.sockets.secrets import masked
from portview.sockets.stop import Done, Result
from portview.sockets.stop_plan import SIGNALS, Myself, Step, StopPlan, myself, stop_plan
from portview.sockets.users import own_uid
from portview.text import clean
from portview.vocabulary import Protocol

_OVER = frozenset({"TIME_WAIT", "CLOSE"})
_GOOD = frozenset({Result.ENDED, Result.DONE, Result.GONE, Result.GOES_ON})


def plan_for(socket: LocalSocket, survey: Survey) -> StopPlan:
    """Plan to stop whoever holds a socket. Reads this process's parents and the unit's settings."""
    known = survey.about(socket)
    clients = sum(count for state, count in survey.crowd(socket).items() if state not in _OVER)
    return stop_plan(
        socket,
        known,
        _me(),
        restarts=restarts(known.unit) if known.unit else None,
        clients=clients,
        other_ports=survey.other_ports(socket),
        carries_login=_carries_login(socket, os.environ.get("SSH_CONNECTION", "")),
    )


def _me() -> Myself:
    pid = os.getpid()
    line = with_ancestors([pid], {})
    first = line.get(pid)
    return myself((first, *ancestors(first, line)) if first else (), own_uid())


def _carries_login(socket: LocalSocket, connection: str) -> bool:
    """`SSH_CONNECTION` holds the client's address and port, then the server's (ssh(1))."""
    words = connection.split()
    return socket.protocol is Protocol.TCP and len(words) == 4 and words[3] == str(socket.port)


def stop_page(plan: StopPlan, *, doing: bool = False, language: str = "en") -> Page:
    """The plan as it is shown before anything is done, and while its first step is being done."""
    words = phrases("sockets", language)["stop"]
    warnings = tuple(Line(fill(words[key], dict(values)), Tone.WARN) for key, values in plan.warnings)
    sections = [
        Section("Process", tuple(_holder(plan, language))),
        Section("Careful", (Line(words[plan.protection.value], Tone.BAD),) if plan.protection else ()),
        Section("Why not", _obstacle(plan, words)),
        *(
            Section(f"Step {number}", tuple(_step(step, plan, language)))
            for number, step in enumerate(plan.steps, plan.done + 1)
        ),
        Section("Know", warnings),
    ]
    if plan.instead:
        typed = tuple(Line(command, Tone.COMMAND) for command in plan.instead)
        sections.append(Section("Instead", (Line(words["instead"]), *typed)))
    sections.append(Section("", tuple(_question(plan, words, doing=doing))))
    title = fill(words["title"], {"name": f"{plan.name} ({plan.port})"})
    shown = tuple(section for section in sections if section.lines)
    return Page(title, shown, Tone.BAD if plan.protection else Tone.WARN)


def _holder(plan: StopPlan, language: str) -> Iterator[Line]:
    """Who it is: a name alone does not tell one of two servers from the other."""
    if plan.holder is None:
        return
    words, process = phrases("sockets", language)["owner"], plan.holder
    values = {"name": process.name, "pid": str(process.pid), "user": plan.owner or "?"}
    yield Line(fill(words["process"], values))
    if process.arguments:
        command = clean(masked(in_one_line(process.arguments)), COMMAND_LIMIT)
        yield Line(fill(words["command"], {"command": command}))


def _question(plan: StopPlan, words: Mapping[str, str], *, doing: bool) -> Iterator[Line]:
    if plan.obstacle is not None:
        return
    if plan.first is None:
        yield Line(words["over"])
    else:
        values = {"step": str(plan.done + 1), "port": str(plan.port)}
        key = "doing" if doing else "type_port" if plan.protection else "ask"
        yield Line(fill(words[key], values))


def _obstacle(plan: StopPlan, words: Mapping[str, str]) -> tuple[Line, ...]:
    if plan.obstacle is None:
        return ()
    return (Line(fill(words[plan.obstacle.value], {"user": plan.owner or "?"}), Tone.WARN),)


def _step(step: Step, plan: StopPlan, language: str) -> Iterator[Line]:
    process = step.process
    values = {
        "name": process.name if process else plan.name,
        "pid": str(process.pid) if process else "",
        "unit": step.command[-1] if step.command else "",
    }
    yield Line(fill(phrases("sockets", language)["stop"][step.way.value], values))
    yield Line(step.typed(), Tone.COMMAND)


def result_line(step: Step, done: Done, language: str = "en") -> Line:
    """What became of a step."""
    process = step.process
    values = {
        "pid": str(process.pid) if process else "",
        "signal": f"SIG{SIGNALS.get(step.way, '')}",
        "command": step.typed(),
        "error": done.said,
    }
    text = fill(phrases("sockets", language)["stop"][done.result.value], values)
    if done.result is Result.SENT:
        text += " " + fill(phrases("sockets", language)["stop"]["alive"], values)
    return Line(text, Tone.GOOD if done.result in _GOOD else Tone.WARN)
