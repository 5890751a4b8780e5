"""From what a source has read to the records that everybody sees."""

from collections.abc import Iterable

from portview.knowledge.services import service_name
from portview.sockets.kinds import is_ephemeral, port_kind
from portview.sockets.reach import reach_of
from portview.sockets.records import Hidden, HiddenReason, LocalSocket, Owner, Queue, Snapshot
from portview.sockets.users import user_name
from portview.sockets.visibility import remedy
from portview.vocabulary import Family, Protocol


def local_socket(
    protocol: Protocol,
    family: Family,
    address: str,
    port: int,
    state: str,
    *,
    ephemeral_range: tuple[int, int] | None,
    remote_address: str | None = None,
    remote_port: int | None = None,
    uid: int | None = None,
    owners: tuple[Owner, ...] = (),
    owner_hidden: bool = False,
    queue: Queue | None = None,
    inode: int | None = None,
    interface: str | None = None,
    v6only: bool | None = None,
    cgroup: str | None = None,
) -> LocalSocket:
    """One socket with all that follows from what was read; `owners` stand in the order of telling."""
    ephemeral = is_ephemeral(port, ephemeral_range)
    # A connection's own ephemeral port says nothing about a service.
    outgoing = remote_port is not None and ephemeral is True
    return LocalSocket(
        protocol=protocol,
        family=family,
        address=address,
        port=port,
        state=state,
        reach=reach_of(address),
        kind=port_kind(port),
        ephemeral=ephemeral,
        remote_address=remote_address,
        remote_port=remote_port,
        uid=uid,
        user=None if uid is None else user_name(uid),
        owners=owners,
        owner_hidden=owner_hidden,
        service=None if outgoing else service_name(port, protocol),
        queue=queue,
        inode=inode,
        interface=interface,
        v6only=v6only,
        cgroup=cgroup,
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
    unique = {socket.identity: socket for socket in sockets}.values()
    ordered = tuple(sorted(unique, key=_order))
    count = sum(socket.owner_hidden for socket in ordered) if countable else None
    hidden = Hidden() if reason is None or count == 0 else Hidden(count, reason, remedy(reason))
    return Snapshot(ordered, hidden, source, ephemeral_range, refused)


def _order(socket: LocalSocket) -> tuple[int, str, str, str, str, int, int]:
    remote = (socket.remote_address or "", socket.remote_port or 0)
    return (socket.port, socket.protocol, socket.family, socket.address, *remote, socket.inode or 0)


def in_telling_order(owners: Iterable[Owner]) -> tuple[Owner, ...]:
    """Oldest process first, but systemd last: it keeps the sockets that it opened for a service."""
    return tuple(sorted(owners, key=lambda owner: (owner.name == "systemd", owner.pid)))
