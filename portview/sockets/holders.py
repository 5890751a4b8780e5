"""Which processes hold which sockets, on Linux.

To read every link of every process is by far the dearest part of a snapshot, so it is done once, and
then only where something may have changed.
"""

import os
import time
from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple

from portview.sockets.descriptors import Descriptors, has_threads_apart, how_many

YOUNG_FOR = 3
"""How many more times a process is looked at after it appeared: it may still exec, or be handed sockets."""


_SOCKET = b"socket:["


class _Look(NamedTuple):
    """What was seen of a process. `incarnation` and `descriptors` tell whether to look again.

    `held` are the inodes of all its sockets, also of those that nobody has asked for yet.
    """

    incarnation: int
    descriptors: int | None
    held: frozenset[int]
    denied: bool


class Holders:
    """An index of processes by the sockets that they hold, kept up from one refresh to the next.

    A process is looked at when it appears and for `YOUNG_FOR` refreshes more, when the number of its
    descriptors changes (Linux 6.2 and later tell it cheaply), and when a new socket has no holder yet; if
    none is found then, threads that do not share the descriptors of their process are looked for. What
    all of that misses is found in turn: every refresh looks again at some processes, for `spare_s` seconds.

    `pids` tells the holders of a socket by its inode, ascending, and is another object when anything
    has changed. `looked_at` are the processes that the last refresh looked at.
    """

    def __init__(self, spare_s: float = 0.001) -> None:
        self._spare_s = spare_s
        self._descriptors = Descriptors()
        self._inodes: frozenset[int] = frozenset()
        self._looks: dict[int, _Look] = {}  # in the order of looking
        self._young: Mapping[int, int] = {}
        self._apart: Set[int] = frozenset()
        self.pids: Mapping[int, tuple[int, ...]] = {}
        self.looked_at: Set[int] = frozenset()

    @property
    def denied(self) -> bool:
        """Whether some process could not be looked into."""
        return any(look.denied for look in self._looks.values())

    @property
    def sees_processes(self) -> bool:
        """Whether /proc shows any; it always shows this one, where it is mounted."""
        return bool(self._looks)

    def refresh(self, inodes: frozenset[int]) -> None:
        """Find the holders of the sockets with these inodes; without /proc there are none."""
        before, processes = self._looks, _processes()
        others, self._inodes = inodes ^ self._inodes, inodes
        self._looks = {pid: look for pid, look in before.items() if processes.get(pid) == look.incarnation}
        appeared = processes.keys() - self._looks.keys()
        restless = {pid for pid, look in self._looks.items() if how_many(f"/proc/{pid}") != look.descriptors}
        self._young = _older(self._young, appeared if before else ())
        looked_at = (appeared | restless | self._young.keys()) & processes.keys()
        self._look_at(looked_at, processes)
        rest, new = self._looks.keys() - looked_at, others & inodes
        if rest and self._is_held_by_none(new):
            self._look_at(rest, processes)
            looked_at = set(self._looks)
        self._apart &= processes.keys()
        if self._is_held_by_none(new):
            apart = {pid for pid, look in self._looks.items() if not look.denied and has_threads_apart(pid)}
            self._apart |= apart
            self._look_at(apart, processes)
            looked_at |= apart
        self.looked_at = looked_at | self._take_turns(looked_at, processes)
        touched = self.looked_at | (before.keys() - processes.keys())
        if others or _held(self._looks, touched) != _held(before, touched):
            pids = self._by_inode()
            self.pids = self.pids if pids == self.pids else pids

    def _is_held_by_none(self, inodes: frozenset[int]) -> bool:
        """Whether that is so for some of them; the kernel's own sockets are."""
        return bool(inodes.difference(*(look.held for look in self._looks.values())))

    def _look_at(self, pids: Iterable[int], processes: Mapping[int, int]) -> None:
        for pid in pids:
            self._looks.pop(pid, None)
            self._looks[pid] = self._look(pid, processes[pid])

    def _look(self, pid: int, incarnation: int) -> _Look:
        count = how_many(f"/proc/{pid}")
        try:
            links = self._descriptors.links(pid, count, of_threads=pid in self._apart)
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            links = ()
        except OSError:  # closed to this user, or this process has no descriptor to spare
            return _Look(incarnation, count, frozenset(), True)
        held = frozenset([int(link[len(_SOCKET) : -1]) for link in links if link.startswith(_SOCKET)])
        return _Look(incarnation, count, held, False)

    def _take_turns(self, done: Set[int], processes: Mapping[int, int]) -> Set[int]:
        """Look again at those that were not looked at for longest, while there is time."""
        taken: set[int] = set()
        end = time.monotonic() + self._spare_s
        for pid in [pid for pid in self._looks if pid not in done]:
            self._look_at((pid,), processes)
            taken.add(pid)
            if time.monotonic() >= end:
                break
        return taken

    def _by_inode(self) -> Mapping[int, tuple[int, ...]]:
        found: dict[int, tuple[int, ...]] = {}
        for pid in sorted(self._looks):
            alone = (pid,)  # most sockets have one holder: all of its sockets share this
            for inode in self._looks[pid].held & self._inodes:
                found[inode] = found[inode] + alone if inode in found else alone
        return found


def _held(looks: Mapping[int, _Look], pids: Set[int]) -> dict[int, frozenset[int]]:
    return {pid: look.held for pid in pids if (look := looks.get(pid)) and look.held}


def _older(young: Mapping[int, int], born: Iterable[int]) -> dict[int, int]:
    return {pid: left - 1 for pid, left in young.items() if left > 1} | dict.fromkeys(born, YOUNG_FOR)


def _processes() -> dict[int, int]:
    """The incarnation of every process: the inode number of its directory.

    The kernel numbers the directory anew when a pid is used again, and at times for no reason that
    can be seen from here; that costs a needless look.
    """
    try:
        with os.scandir("/proc") as entries:
            return {int(entry.name): entry.inode() for entry in entries if entry.name.isdecimal()}
    except OSError:
        return {}
