"""How the owner of a socket would be stopped: the proper door first. A plan only; `stop` does it.

A process in a container is its runtime's, one in a unit systemd's; only what has no such door gets a
signal. Clients of a listener are other sockets' owners and never part of a plan.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from portview.sockets.about import About
from portview.sockets.own_command import as_root
from portview.sockets.owner.records import Container, Process, Runtime
from portview.sockets.records import LocalSocket

_RUNTIME_COMMANDS = {
    Runtime.DOCKER: ("docker", "stop"),
    Runtime.PODMAN: ("podman", "stop"),
    Runtime.CONTAINERD: ("nerdctl", "stop"),
    Runtime.LXC: ("lxc-stop", "-n"),
    Runtime.NSPAWN: ("machinectl", "poweroff"),
}
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
_PLAIN_UNIT = re.compile(r"[\w:.@\\][\w:.@\\-]*\.(service|socket)", re.ASCII)
_INIT = 1
_Warning = tuple[str, tuple[tuple[str, str], ...]]
_LOGIN_PROGRAMS = frozenset({"sshd", "sshd-session", "dropbear", "mosh-server", "login", "in.telnetd"})


class Way(StrEnum):
    """By which door the owner is stopped; also the key of its sentence."""

    CONTAINER = "container"
    UNIT = "unit"
    SOCKET_UNIT = "socket_unit"
    CONT = "cont"
    TERM = "term"
    KILL = "kill"


SIGNALS = {Way.CONT: "CONT", Way.TERM: "TERM", Way.KILL: "KILL"}
"""The signal that a way sends to a process, without its SIG."""


class Protection(StrEnum):
    """Why a plan must be confirmed by typing the port number."""

    INIT = "protected_init"
    SELF = "protected_self"
    LOGIN = "protected_login"


class Obstacle(StrEnum):
    """Why nothing can be done from here."""

    NO_PROCESS = "no_process"
    HIDDEN = "hidden"
    OUT_OF_SIGHT = "out_of_sight"
    UNSURE = "unsure"
    NOT_YOURS = "not_yours"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that would be done: a command, or a signal to `process`."""

    way: Way
    command: tuple[str, ...] = ()
    process: Process | None = None

    def typed(self, *, as_root: bool = False) -> str:
        """The step as it would be typed into a shell."""
        words = list(self.command)
        if self.process is not None:
            words = ["kill", f"-{SIGNALS[self.way]}", str(self.process.pid)]
        return shlex.join(["sudo", *words] if as_root else words)


@dataclass(frozen=True, slots=True)
class StopPlan:
    """What would stop the owner of a socket. The first of `steps` is done when the user says so; each of
    the others is a decision of its own, offered when the process is still there. `done` counts the steps
    before them. With an `obstacle` nothing can be done from here and `instead` is what to type.
    `warnings` are (key, values) of sentences in `sockets.toml`, [stop]. `holder` is the process behind
    it, None where none can be named.
    """

    port: int
    name: str
    owner: str | None = None
    steps: tuple[Step, ...] = ()
    protection: Protection | None = None
    obstacle: Obstacle | None = None
    instead: tuple[str, ...] = ()
    warnings: tuple[_Warning, ...] = ()
    holder: Process | None = None
    done: int = 0

    @property
    def first(self) -> Step | None:
        """The step that would be done now, None when there is nothing left to do."""
        return self.steps[0] if self.steps else None

    def after_first(self, *, is_over: bool) -> "StopPlan":
        """What is left to decide when the first step has been done; nothing where that was enough."""
        return replace(self, steps=() if is_over else self.steps[1:], done=self.done + 1, warnings=())


@dataclass(frozen=True, slots=True)
class Myself:
    """This process as the plan needs to know it: its user, and its line of parents, itself first.

    `uid` is None where users have no ids, as on Windows.
    """

    uid: int | None
    pids: tuple[int, ...]
    login: tuple[int, ...] = ()
    """Those of the parents that carry the login, as sshd does."""


def myself(line: tuple[Process, ...], uid: int | None) -> Myself:
    """Tell this process's own line, itself first, from what it is known by."""
    login = tuple(one.pid for one in line if one.name.partition(":")[0] in _LOGIN_PROGRAMS)
    return Myself(uid, tuple(one.pid for one in line if one.pid != _INIT), login)


def stop_plan(
    socket: LocalSocket,
    known: About,
    me: Myself,
    *,
    restarts: str | None = None,
    clients: int = 0,
    other_ports: tuple[str, ...] = (),
    carries_login: bool = False,
) -> StopPlan:
    """Plan to stop whoever holds a socket.

    `restarts` is the word of its unit's Restart=, `clients` the number of its connections, `other_ports`
    what else ends with it. `carries_login` says that this very login came in through the socket.
    """
    holder = _main(known)
    name = _name(socket, known)
    door = _door(known, me)
    if holder is None and door is None:
        return _helpless(socket, name, me)
    first, *others = steps = _steps(door, holder, _is_stopped(socket, holder))
    protection = _protection(known, holder, me, carries_login=carries_login)
    warnings = (*_asleep(first, socket, holder), *_warnings(first, known, restarts, clients, other_ports))
    if not _may(first, socket, me):
        obstacle = Obstacle.HIDDEN if socket.owner_hidden and not socket.owners else Obstacle.NOT_YOURS
        enough = (first, *others[:1]) if first.way is Way.CONT else (first,)
        instead = tuple(step.typed(as_root=True) for step in enough)
        return StopPlan(
            socket.port,
            name,
            socket.user,
            protection=protection,
            obstacle=obstacle,
            instead=instead,
            warnings=warnings,
            holder=holder,
        )
    return StopPlan(socket.port, name, socket.user, steps, protection, warnings=warnings, holder=holder)


def _steps(door: Step | None, holder: Process | None, is_stopped: bool) -> tuple[Step, ...]:
    """The proper door or SIGTERM, which a stopped process takes no notice of until it goes on."""
    if holder is None:
        assert door is not None
        return (door,)
    cont, term, kill = (Step(way, process=holder) for way in SIGNALS)
    if door is not None:
        return door, kill
    return (cont, term, kill) if is_stopped else (term, kill)


def _is_stopped(socket: LocalSocket, holder: Process | None) -> bool:
    return any(one.stopped for one in socket.owners if holder and one.pid == holder.pid)


def _helpless(socket: LocalSocket, name: str, me: Myself) -> StopPlan:
    """Nothing can be planned: what would help, if anything. Root is not told to become root."""
    if socket.owners:
        typed = (_by_pid(socket.owners[0].pid, me),)
        return StopPlan(socket.port, name, socket.user, obstacle=Obstacle.UNSURE, instead=typed)
    if socket.owner_hidden and me.uid == 0:
        return StopPlan(socket.port, name, socket.user, obstacle=Obstacle.OUT_OF_SIGHT)
    if socket.owner_hidden:
        help_ = (as_root("ls", f":{socket.port}"),) if me.uid is not None else ()
        return StopPlan(socket.port, name, socket.user, obstacle=Obstacle.HIDDEN, instead=help_)
    return StopPlan(socket.port, name, socket.user, obstacle=Obstacle.NO_PROCESS)


def _by_pid(pid: int, me: Myself) -> str:
    if me.uid is None:
        return f"taskkill /PID {pid}"
    return f"kill -TERM {pid}" if me.uid == 0 else f"sudo kill -TERM {pid}"


def _main(known: About) -> Process | None:
    """Of several holders the one that the others come from, else the oldest."""
    pids = {one.pid for one in known.holders}
    parents = [one for one in known.holders if one.parent not in pids]
    return min(parents, key=lambda one: one.started_ticks, default=None)


def _name(socket: LocalSocket, known: About) -> str:
    if known.container:
        return known.container.label
    if socket.owners and socket.owners[0].name:
        return socket.owners[0].name
    return known.unit or f"{socket.port}/{socket.protocol}"


def _door(known: About, me: Myself) -> Step | None:
    """The runtime's or systemd's way to stop it.

    Below a user's own manager the names of cgroups are that user's to choose, so they are trusted for
    nobody else.
    """
    home, container = known.home, known.container or known.target
    if home.manager_uid not in (None, me.uid):
        return None
    if container is not None and (command := _container_command(container)):
        return Step(Way.CONTAINER, command)
    if known.activation is not None:
        return Step(Way.SOCKET_UNIT, ("systemctl", "stop", known.activation.socket_unit))
    if home.unit is None or not _PLAIN_UNIT.fullmatch(home.unit) or home.session:
        return None
    if home.unit.startswith("user@"):
        return None  # all that the user has running
    of_user = ("--user",) if home.manager_uid is not None else ()
    return Step(Way.UNIT, ("systemctl", *of_user, "stop", home.unit))


def _container_command(container: Container) -> tuple[str, ...] | None:
    if container.pod:  # Kubernetes starts it again: whoever stops it does so by its own tools
        return None
    command = _RUNTIME_COMMANDS.get(container.runtime)
    name = container.name if container.name and _PLAIN_NAME.fullmatch(container.name) else container.id
    return (*command, name) if command else None


def _protection(
    known: About, holder: Process | None, me: Myself, *, carries_login: bool
) -> Protection | None:
    pids = {one.pid for one in known.holders} | ({holder.pid} if holder else set())
    if carries_login or pids & set(me.login):
        return Protection.LOGIN
    if _INIT in pids and known.activation is None:
        return Protection.INIT
    return Protection.SELF if pids & set(me.pids) else None


def _may(step: Step, socket: LocalSocket, me: Myself) -> bool:
    """Root may do all; others may signal their own processes and ask their own manager.

    A runtime decides by itself: what its answer is, is told when it comes.
    """
    if me.uid == 0 or step.way is Way.CONTAINER:
        return True
    if step.command:
        return "--user" in step.command
    return socket.uid == me.uid and bool(socket.owners)


def _asleep(first: Step, socket: LocalSocket, holder: Process | None) -> Iterator[_Warning]:
    """A stopped process sees no SIGTERM until it is continued, which may be all that is wanted."""
    if holder and first.way is not Way.CONT and _is_stopped(socket, holder):
        yield "stopped", (("pid", str(holder.pid)),)


def _warnings(
    first: Step, known: About, restarts: str | None, clients: int, other_ports: tuple[str, ...]
) -> Iterator[_Warning]:
    if restarts and known.unit:
        yield "restarts", (("unit", known.unit), ("restart", restarts))
    if known.activation and first.way is not Way.SOCKET_UNIT:
        yield "activated", (("unit", known.activation.socket_unit),)
    if clients:
        yield "clients", (("count", str(clients)),)
    if other_ports:
        yield "others", (("ports", ", ".join(other_ports)),)
    if len(known.holders) > 1 and first.process:
        yield "inherited", (("count", str(len(known.holders))), ("pid", str(first.process.pid)))
