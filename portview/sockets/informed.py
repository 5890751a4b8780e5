"""A source that also tells what stands around the sockets, and reads again only what may have changed."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from portview.sockets.counters import UdpDrops, counters
from portview.sockets.interfaces import interface_addresses
from portview.sockets.machine import Machine
from portview.sockets.owner.cgroup import home_of
from portview.sockets.owner.containers import known_containers
from portview.sockets.owner.forwarders import CONTAINER_FORWARDERS
from portview.sockets.owner.namespaces import other_namespaces
from portview.sockets.owner.records import Container, Process
from portview.sockets.owner.tree import with_ancestors
from portview.sockets.owner.units import activations
from portview.sockets.records import LocalSocket, Owner, Snapshot
from portview.sockets.source import Source

RENEWED_AFTER_S = 30.0
"""A deleted binary, a new container name, a new address are noticed within this time."""
_MOST_RESIDENTS = 64
_CGROUP_ROOTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))


class Informed:
    """Wraps a source; its snapshots carry a `machine`.

    A process is read once for as long as it stays the same owner. All of it is read anew after
    `RENEWED_AFTER_S`. Where nothing has changed the snapshot is the same object.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = source.name
        self._raw: Snapshot | None = None
        self._informed: Snapshot | None = None
        self._owners: frozenset[Owner] = frozenset()
        self._machine = Machine()
        self._drops = UdpDrops()
        self._read_at = float("-inf")

    def snapshot(self, *, everything: bool = False) -> Snapshot:
        """Read the sockets and what stands around them; see `Source`."""
        raw = self._source.snapshot(everything=everything)
        machine = self._machine
        stale = time.monotonic() - self._read_at > RENEWED_AFTER_S
        if stale or self._raw is None or raw.sockets != self._raw.sockets:
            self._inform(raw.sockets, stale=stale)
        counted = counters()
        if counted != self._machine.counters:
            drops = self._drops.read(counted.udp_overflows)
            self._machine = replace(self._machine, counters=counted, drops=drops)
        if self._informed is None or raw is not self._raw or machine is not self._machine:
            self._raw, self._informed = raw, replace(raw, machine=self._machine)
        return self._informed

    def _inform(self, sockets: tuple[LocalSocket, ...], *, stale: bool) -> None:
        owners = frozenset(owner for socket in sockets for owner in socket.owners)
        changed = {owner.pid for owner in owners ^ self._owners}
        known = {} if stale else dict(self._machine.processes)
        for pid in changed:  # another command, or another process of that number
            known.pop(pid, None)
        residents = _residents(sockets)
        pids = {*(owner.pid for owner in owners), *(pid for there in residents.values() for pid in there)}
        processes = with_ancestors(sorted(pids), known)
        anew = stale or processes.keys() != self._machine.processes.keys()
        containers = _containers(processes, sockets) if anew else self._machine.containers
        self._machine = replace(
            _surroundings(containers) if stale else self._machine,
            processes=processes,
            residents=residents,
            containers=containers,
        )
        self._owners = owners
        if stale:
            self._read_at = time.monotonic()


def _surroundings(containers: Mapping[str, Container]) -> Machine:
    return Machine(
        activations=activations(),
        addresses=interface_addresses(),
        namespaces=other_namespaces(containers),
    )


def _containers(processes: Mapping[int, Process], sockets: Iterable[LocalSocket]) -> Mapping[str, Container]:
    """Names are asked for only where something runs in a container, or forwards to one."""
    paths = {process.cgroup for process in processes.values()} | {socket.cgroup for socket in sockets}
    inside = any(path and home_of(path).container for path in paths)
    if inside or any(process.name in CONTAINER_FORWARDERS for process in processes.values()):
        return known_containers()
    return {}


def _residents(sockets: Iterable[LocalSocket]) -> dict[str, tuple[int, ...]]:
    """Who lives in the cgroups of listeners with hidden owners; the root of the tree says nothing."""
    paths = {
        socket.cgroup
        for socket in sockets
        if socket.owner_hidden and socket.is_listener and socket.cgroup not in (None, "/")
    }
    return {path: pids for path in paths if path and (pids := _pids_in(path))}


def _pids_in(path: str) -> tuple[int, ...]:
    for root in _CGROUP_ROOTS:
        try:
            listed = Path(f"{root}{path}/cgroup.procs").read_text(encoding="ascii")
        except OSError:
            continue
        # 0 stands for a process outside this PID namespace.
        return tuple(pid for pid in map(int, listed.split()[:_MOST_RESIDENTS]) if pid)
    return ()
