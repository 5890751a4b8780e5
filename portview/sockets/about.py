"""What is known about one socket: all that a snapshot and its machine say of it, put together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portview.sockets.owner.cgroup import home_of
from portview.sockets.owner.forwarders import forward_of
from portview.sockets.owner.records import Activation, Container, Forward, Home, Process
from portview.sockets.owner.tree import ancestors
from portview.sockets.scope import Scope, scope_of

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
    forward = next(
        (told for one in holders or suspects if (told := forward_of(one, socket.port)) is not None), None
    )
    return About(
        scope=scope_of(socket, machine.addresses),
        home=home,
        container=_named(home.container, machine),
        holders=holders,
        suspects=suspects,
        parents=ancestors(first, machine.processes) if first else (),
        forward=forward,
        target=_target(forward, machine),
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


def _target(forward: Forward | None, machine: "Machine") -> Container | None:
    """The container behind a forwarder, known by its address."""
    if forward is None:
        return None
    ends = {target.rpartition(":")[0].strip("[]") for target in forward.targets}
    return next((one for one in machine.containers.values() if ends & set(one.addresses)), None)


def _activation(socket: "LocalSocket", holders: tuple[Process, ...], machine: "Machine") -> Activation | None:
    if not socket.is_listener or not any(one.name == _SYSTEMD for one in holders):
        return None
    return machine.activations.get((socket.protocol, socket.port))
