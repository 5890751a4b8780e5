"""From what a source has read to the records that everybody sees."""

from collections.abc import Iterable

from portview.knowledge.services import service_name
from portview.sockets.entry import Entry
from portview.sockets.kinds import is_ephemeral, port_kind
from portview.sockets.reach import reach_of
from portview.sockets.records import Hidden, HiddenReason, LocalSocket, Owner, Snapshot
from portview.sockets.users import user_name
from portview.sockets.visibility import remedy


def local_socket(
    entry: Entry,
    ephemeral_range: tuple[int, int] | None,
    owners: tuple[Owner, ...] = (),
    *,
    owner_hidden: bool = False,
    cgroup: str | None = None,
) -> LocalSocket:
    """One socket with all that follows from what was read; `owners` stand in the order of telling."""
    ephemeral = is_ephemeral(entry.port, ephemeral_range)
    # A connection's own ephemeral port says nothing about a service.
    outgoing = entry.remote_port is not None and ephemeral is True
    return LocalSocket(  # by position: there are thousands, and keywords would cost half as much again
        entry.protocol,
        entry.family,
        entry.address,
        entry.port,
        entry.state,
        reach_of(entry.address, entry.interface),
        port_kind(entry.port),
        ephemeral,
        entry.remote_address,
        entry.remote_port,
        entry.uid,
        None if entry.uid is None else user_name(entry.uid),
        owners,
        owner_hidden,
        None if outgoing else service_name(entry.port, entry.protocol),
        entry.queue,
        None,  # who shares it is known when all are there
        entry.inode,
        entry.interface,
        entry.v6only,
        cgroup,
    )


def snapshot_of(
    sockets: Iterable[LocalSocket],
    *,
    source: str,
    ephemeral_range: tuple[int, int] | None,
    reason: HiddenReason | None,
    countable: bool = True,
    refused: str | None = None,
) -> Snapshot:
    """All sockets, each once, in the order port, protocol, family, address.

    `reason` says why owners may be hidden; without `countable` whole sockets are hidden too.
    """
    # While sockets come and go the kernel may list one twice.
    unique = {socket.identity: socket for socket in sockets}
    ordered = tuple(unique[identity] for identity in sorted(unique))
    count = sum(socket.owner_hidden for socket in ordered) if countable else None
    hidden = Hidden() if reason is None or count == 0 else Hidden(count, reason, remedy(reason))
    return Snapshot(ordered, hidden, source, ephemeral_range, refused)


def in_telling_order(owners: Iterable[Owner]) -> tuple[Owner, ...]:
    """Oldest process first, but systemd last: it keeps the sockets that it opened for a service."""
    return tuple(sorted(owners, key=lambda owner: (owner.name == "systemd", owner.pid)))
