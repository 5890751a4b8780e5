"""The source for Linux: the kernel's tables, and /proc/<pid> for who holds what.

psutil reads the same but keeps only one holder of each socket, and neither uid nor inode.
"""

import errno
import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from portview.sockets.assemble import in_telling_order, local_socket, snapshot_of
from portview.sockets.cgroups import Cgroups
from portview.sockets.entry import Entry, Tables
from portview.sockets.holders import Holders
from portview.sockets.kinds import ephemeral_range
from portview.sockets.proc_owners import ProcOwners
from portview.sockets.records import HiddenReason, LocalSocket, Owner, Snapshot
from portview.sockets.sharing import with_sharing
from portview.sockets.visibility import blind_spot

_NO_ENTRIES: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """All that a snapshot is made of. Each part is the same object as before where nothing has changed."""

    entries: Sequence[Entry]
    pids: Mapping[int, tuple[int, ...]]
    owners: Mapping[int, Owner]
    reason: HiddenReason | None
    ports: tuple[int, int] | None
    source: str
    refused: str | None


@contextmanager
def _uncollected(*, to_stay: bool) -> Iterator[None]:
    """Thousands of records are made and none is garbage: the collector would walk them again and again.

    What is `to_stay` counts as old from the beginning, as do all objects that are there at the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if to_stay and not gc.get_freeze_count():  # what others have frozen is not ours to thaw
            gc.freeze()
            gc.unfreeze()  # into the oldest generation
        if was_on:
            gc.enable()


class LinuxSource:
    """Every socket of this network namespace, with every holder that may be read.

    Of `tables` the first is read that the kernel does not refuse. Each reading builds only what is not
    as it was: a socket that has not changed is the same record, and where nothing at all has changed
    the snapshot is the same.
    """

    def __init__(self, tables: Sequence[Tables], holders: Holders | None = None) -> None:
        self.name = tables[0].name
        self._tables = tables
        self._holders = holders or Holders()
        self._owners = ProcOwners()
        self._cgroups = Cgroups()
        self._sockets: dict[int, LocalSocket] = {}  # by the id of their entry, which the reading keeps alive
        self._last: tuple[_Reading, Snapshot] | None = None

    def snapshot(self, *, everything: bool = False) -> Snapshot:
        """Read what may have changed; see `Source`."""
        with _uncollected(to_stay=self._last is None):
            reading = self._read(everything=everything)
            if self._last is None or reading != self._last[0]:
                self._last = reading, self._assembled(reading)
            return self._last[1]

    def _read(self, *, everything: bool) -> _Reading:
        entries, source, refused = self._entries(everything=everything)
        self._holders.refresh(frozenset([entry.inode for entry in entries if entry.inode is not None]))
        pids, looked_at = self._holders.pids, self._holders.looked_at
        owners = self._owners.owners({pid for held in pids.values() for pid in held}, looked_at)
        if source is None or not self._holders.sees_processes:
            reason: HiddenReason | None = HiddenReason.NO_PROCFS
        else:
            reason = blind_spot(denied=self._holders.denied)
        return _Reading(entries, pids, owners, reason, ephemeral_range(), source or self.name, refused)

    def _entries(self, *, everything: bool) -> tuple[Sequence[Entry], str | None, str | None]:
        """What could be read, the name of the tables, and the errno name that the first ones ended with."""
        refused: str | None = None
        for tables in self._tables:
            try:
                return tables.read(everything=everything), tables.name, refused
            except OSError as error:
                refused = refused or errno.errorcode.get(error.errno or 0, str(error))
        return _NO_ENTRIES, None, refused

    def _assembled(self, reading: _Reading) -> Snapshot:
        entries, pids, reason = reading.entries, reading.pids, reading.reason
        paths = self._cgroups.paths({e.cgroup_id for e in entries if e.cgroup_id is not None})
        held: dict[tuple[int, ...], tuple[Owner, ...]] = {(): ()}
        same_range = self._last is not None and self._last[0].ports == reading.ports
        before, sockets = self._sockets if same_range else {}, list[LocalSocket]()
        for entry in entries:
            holders = pids.get(entry.inode, ()) if entry.inode is not None else ()
            owners = held.get(holders)
            if owners is None:
                owners = in_telling_order(reading.owners[p] for p in holders if p in reading.owners)
                held[holders] = owners
            hidden = reason is not None and entry.inode is not None and not holders
            old = before.get(id(entry))
            if old is not None and old.owners == owners and old.owner_hidden == hidden:
                sockets.append(old)
            else:
                cgroup = paths.get(entry.cgroup_id) if entry.cgroup_id is not None else None
                sockets.append(local_socket(entry, reading.ports, owners, owner_hidden=hidden, cgroup=cgroup))
        shared = with_sharing(sockets)
        self._sockets = dict(zip(map(id, entries), shared, strict=True))
        return snapshot_of(
            shared,
            source=reading.source,
            ephemeral_range=reading.ports,
            reason=reason,
            countable=bool(entries) or reason is not HiddenReason.NO_PROCFS,
            refused=reading.refused,
        )
