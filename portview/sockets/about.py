"""What is known about one socket: all that a snapshot and its machine say of it, put together."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portview.sockets.owner.cgroup import home_of
from portview.sockets.owner.forwarders import forward_of
from portview.sockets.owner.records import Activation, Container, Forward, Home, How, Process
from portview.sockets.owner.tree import ancestors
from portview.sockets.scope import ANY, Scope, scope_of

if TYPE_CHECKING:
    from portview.sockets.machine import Machine
    from portview.sockets.records import LocalSocket

_SYSTEMD = "systemd"
_IDLE = Home()


@dataclass(frozen=True, slots=True)
class About:
    """One socket's surroundings.

    `holders` are its processes. Where they are hidden, `suspects` are the processes in the cgroup at
    which it was made: one of them holds it, or one that has moved out since. `home` tells unit and
    container, `parents` the line of the first holder, nearest first. `activation` says that systemd
    holds the port for a service.
    """

    scope: Scope
    home: Home = _IDLE
    container: Container | None = None
    holders: tuple[Process, ...] = ()
    suspects: tuple[Process, ...] = ()
    parents: tuple[Process, ...] = ()
    forward: Forward | None = None
    target: Container | None = None
    activation: Activation | None = None

    @property
    def unit(self) -> str | None:
        """The systemd unit; the container says more where there is one."""
        return self.home.unit


def about(socket: "LocalSocket", machine: "Machine") -> About:
    """Put together what is known; pure, and cheap enough to be asked again for every row in view."""
    holders = _known(machine, (owner.pid for owner in socket.owners))
    suspects = () if holders else _suspects(socket, machine)
    first = (holders or suspects or (None,))[0]
    home = _home(socket, first if holders else None)
    parents = ancestors(first, machine.processes) if first else ()
    forward = next(
        (told for one in holders or suspects if (told := forward_of(one, socket.port)) is not None), None
    )
    target = _target(forward, socket, machine, (first, *parents) if first else ())
    return About(
        scope=scope_of(socket, machine.addresses),
        home=home,
        container=_named(home.container, machine),
        holders=holders,
        suspects=suspects,
        parents=parents,
        forward=forward and _completed(forward, target, socket),
        target=target,
        activation=_activation(socket, holders or suspects, machine),
    )


def _known(machine: "Machine", pids: Iterable[int]) -> tuple[Process, ...]:
    return tuple(machine.processes[pid] for pid in pids if pid in machine.processes)


def _suspects(socket: "LocalSocket", machine: "Machine") -> tuple[Process, ...]:
    """Those whose own words claim the port come first, then the oldest."""
    residents = _known(machine, machine.residents.get(socket.cgroup or "", ()))
    claims = [one for one in residents if (told := forward_of(one, socket.port)) and told.targets]
    return tuple(claims) or tuple(sorted(residents, key=lambda one: one.started_ticks))


def _home(socket: "LocalSocket", holder: Process | None) -> Home:
    """Where the holder lives now tells most; where the socket was made is the next best."""
    for path in (holder.cgroup if holder else None, socket.cgroup):
        if path and (home := home_of(path)) != _IDLE:
            return home
    return _IDLE


def _named(container: Container | None, machine: "Machine") -> Container | None:
    if container is None:
        return None
    known = machine.containers.get(container.id)
    return container if known is None else known


def _target(
    forward: Forward | None, socket: "LocalSocket", machine: "Machine", line: tuple[Process, ...]
) -> Container | None:
    """The container behind a forwarder: by its address, its published port, or where the forwarder runs."""
    if forward is None:
        return None
    ends = {target.rpartition(":")[0].strip("[]") for target in forward.targets}
    for one in machine.containers.values():
        if ends & set(one.addresses):
            return one
    if forward.how is not How.CONTAINER or ends:
        return None
    for one in machine.containers.values():
        if _inner_port(one, socket) is not None:
            return one
    homes = (home_of(process.cgroup) for process in line if process.cgroup)
    return _named(next((home.container for home in homes if home.container), None), machine)


def _inner_port(container: Container, socket: "LocalSocket") -> int | None:
    """The port inside to which the runtime passes this one on."""
    here = socket.port, socket.protocol
    found = (one for one in container.published if (one.port, one.protocol) == here)
    return next((one.inner for one in found if one.address in (*ANY, socket.address)), None)


def _completed(forward: Forward, target: Container | None, socket: "LocalSocket") -> Forward:
    """What the forwarder does not tell itself, its runtime may."""
    inner = _inner_port(target, socket) if target and not forward.targets else None
    if target is None or inner is None:
        return forward
    return replace(forward, targets=(f"{target.label}:{inner}",), told_by=target.runtime.value)


def _activation(socket: "LocalSocket", holders: tuple[Process, ...], machine: "Machine") -> Activation | None:
    if not socket.is_listener or not any(one.name == _SYSTEMD for one in holders):
        return None
    return machine.activations.get((socket.protocol, socket.port))
