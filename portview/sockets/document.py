"""A snapshot as the JSON document of `portview ls --json`, schema 1."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from portview.sockets.about import About, about
from portview.sockets.machine import NOTHING_KNOWN
from portview.sockets.owner.records import Container, Forward, Process
from portview.sockets.records import LocalSocket, Owner, Snapshot
from portview.vocabulary import Family

_NOT_READ = "not_read"
_NOT_AVAILABLE = "not_available"
_NO_SUCH_USER = "no_such_user"


def document(snapshot: Snapshot, known: Callable[[LocalSocket], About] | None = None) -> dict[str, object]:
    """The document, ready for `json.dumps`; its form is a public contract.

    `known` tells what stands around a socket, where that has been worked out already.

    In a socket's entry and in the whole null means that there is none, unless `unknown_because` there names
    the key: then it is not known, for a reason that is one of

    - an id of `HiddenReason`: this process may not look into the owner's;
    - `not_available`: this source cannot tell;
    - `not_read`: portview does not look for it;
    - `no_such_user`: the uid has no name here.

    `refused` says which better source the kernel refused, and with which errno.
    Of several owners `process`, `command`, `started`, `executable` and `parents` (nearest first)
    describe the first. `suspects` are the processes one of which holds a socket whose owner is hidden:
    those in the cgroup at which it was made. `namespaces` are other network namespaces, whose sockets
    are not in the list.
    """
    told = (
        entry(each, snapshot, known(each) if known else about(each, snapshot.machine))
        for each in snapshot.sockets
    )
    return {**head(snapshot), "sockets": list(told)}


def head(snapshot: Snapshot) -> dict[str, object]:
    """The document without its sockets."""
    hidden = snapshot.hidden
    return {
        "schema": 1,
        "hidden": {"count": hidden.count, "reason": hidden.reason, "command": hidden.command},
        "source": snapshot.source,
        "refused": snapshot.refused and {"source": "netlink", "errno": snapshot.refused},
        "ephemeral_range": snapshot.ephemeral_range and list(snapshot.ephemeral_range),
        "unknown_because": {} if snapshot.ephemeral_range else {"ephemeral_range": _NOT_AVAILABLE},
        "namespaces": [
            {"inode": one.inode, "name": one.name, "pid": one.pid} for one in snapshot.machine.namespaces
        ],
    }


def entry(socket: LocalSocket, snapshot: Snapshot, known: About) -> dict[str, object]:
    """What the document says of one socket."""
    owner = socket.owners[0] if socket.owners else None
    owners_unknown = socket.owner_hidden and owner is None
    holder = known.holders[0] if known.holders else None
    return {
        "protocol": socket.protocol,
        "family": socket.family,
        "address": socket.address,
        "port": socket.port,
        "state": socket.state,
        "uid": socket.uid,
        "user": socket.user,
        "pids": None if owners_unknown else [each.pid for each in socket.owners],
        "process": owner and owner.name,
        "command": owner and owner.command,
        "unit": known.unit,
        "container": known.container and _container(known.container),
        "service": socket.service,
        "reach": socket.reach,
        "queue": socket.queue and {"waiting": socket.queue.waiting, "limit": socket.queue.limit},
        "shared_by": socket.shared and {"how": socket.shared.how, "pids": list(socket.shared.pids)},
        "inode": socket.inode,
        "kind": socket.kind,
        "ephemeral": socket.ephemeral,
        "started": owner and _time(owner.started),
        "remote_address": socket.remote_address,
        "remote_port": socket.remote_port,
        "owners": None if owners_unknown else [_owner(each) for each in socket.owners],
        "interface": socket.interface,
        "v6only": socket.v6only,
        "cgroup": socket.cgroup,
        "scope": known.scope,
        "executable": holder and holder.executable,
        "executable_deleted": holder.deleted if holder and holder.executable else None,
        "parents": [_process(one) for one in known.parents] if known.holders else None,
        "suspects": [_process(one) for one in known.suspects],
        "activates": known.activation
        and {"socket": known.activation.socket_unit, "service": known.activation.service},
        "forward": known.forward and _forward(known.forward, known.target),
        "unknown_because": _unknown_because(socket, snapshot, known),
    }


def _container(container: Container) -> dict[str, object]:
    return {
        "runtime": container.runtime,
        "id": container.id,
        "name": container.name,
        "image": container.image,
        "pod": container.pod,
    }


def _process(process: Process) -> dict[str, object]:
    return {"pid": process.pid, "process": process.name}


def _forward(forward: Forward, target: Container | None) -> dict[str, object]:
    return {
        "how": forward.how,
        "targets": list(forward.targets),
        "container": target and _container(target),
        "told_by": forward.told_by,
    }


def _owner(owner: Owner) -> dict[str, object]:
    return {
        "pid": owner.pid,
        "process": owner.name,
        "command": owner.command,
        "user": owner.user,
        "started": _time(owner.started),
    }


def _unread(owner: Owner) -> list[str]:
    """The keys of an owner that are null."""
    fields = {"process": owner.name, "command": owner.command, "user": owner.user, "started": owner.started}
    return [key for key, value in fields.items() if value is None]


@lru_cache(maxsize=4096)
def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _unknown_because(socket: LocalSocket, snapshot: Snapshot, known: About) -> dict[str, str]:
    """Which keys of the entry are null, or hold a null, for want of knowledge, and why."""
    because = _surroundings_unknown(socket, snapshot, known)
    if socket.ephemeral is None:
        because["ephemeral"] = _NOT_AVAILABLE
    if socket.owners:
        first, *_ = unread = [_unread(each) for each in socket.owners]
        because |= {key: _NOT_AVAILABLE for key in first if key != "user"}
        because |= {f"owners.{key}": _NOT_AVAILABLE for keys in unread for key in keys}
    elif socket.owner_hidden:
        reason = snapshot.hidden.reason or _NOT_AVAILABLE
        because |= dict.fromkeys(("pids", "process", "command", "started", "owners"), reason)
    if snapshot.source == "psutil":
        because |= dict.fromkeys(("uid", "user", "shared_by", "inode"), _NOT_AVAILABLE)
    elif socket.uid is not None and socket.user is None:
        because["user"] = _NO_SUCH_USER
    if snapshot.source != "netlink":
        because["interface"] = _NOT_AVAILABLE
    if socket.v6only is None and socket.is_listener and socket.family is Family.IPV6:
        because["v6only"] = _NOT_AVAILABLE
    if socket.cgroup is None:
        because["cgroup"] = _NOT_AVAILABLE
    if socket.state == "LISTEN":
        because |= _queue_unknown_because(socket)
    return because


def _surroundings_unknown(socket: LocalSocket, snapshot: Snapshot, known: About) -> dict[str, str]:
    """What follows from the process is unknown where that is; its cgroup may tell unit and container."""
    because = {}
    if not known.holders and (socket.owners or socket.owner_hidden):
        unread = snapshot.machine == NOTHING_KNOWN
        hidden = (not socket.owners and snapshot.hidden.reason) or _NOT_AVAILABLE
        missing = ["executable", "executable_deleted", "parents", "activates", "forward"]
        missing += [] if known.unit or known.container else ["unit", "container"]
        because = dict.fromkeys(missing, _NOT_READ if unread else str(hidden))
    elif known.holders and known.holders[0].executable is None:
        because = dict.fromkeys(("executable", "executable_deleted"), _NOT_AVAILABLE)
    if known.container and known.container.name is None:
        because["container.name"] = _NOT_AVAILABLE
    if known.forward and known.forward.told_by is None:
        because["forward.targets"] = _NOT_AVAILABLE
    return because


def _queue_unknown_because(socket: LocalSocket) -> dict[str, str]:
    if socket.queue is None:
        return {"queue": _NOT_AVAILABLE}
    fields = {"queue.waiting": socket.queue.waiting, "queue.limit": socket.queue.limit}
    return {key: _NOT_AVAILABLE for key, value in fields.items() if value is None}
