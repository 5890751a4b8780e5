"""A snapshot as the JSON document of `portview ls --json`, schema 1."""

from datetime import UTC, datetime

from portview.sockets.records import LocalSocket, Owner, Snapshot

_NOT_READ = "not_read"
_NOT_AVAILABLE = "not_available"
_NO_SUCH_USER = "no_such_user"


def document(snapshot: Snapshot) -> dict[str, object]:
    """The document, ready for `json.dumps`; its form is a public contract.

    In a socket's entry null means that there is none, unless `unknown_because` names the key: then
    it is not known, for a reason that is one of

    - an id of `HiddenReason`: this process may not look into the owner's;
    - `not_available`: this source cannot tell;
    - `not_read`: portview does not look for it;
    - `no_such_user`: the uid has no name here.

    Of several owners `process`, `command` and `started` describe the first.
    """
    hidden = snapshot.hidden
    return {
        "schema": 1,
        "hidden": {"count": hidden.count, "reason": hidden.reason, "command": hidden.command},
        "source": snapshot.source,
        "ephemeral_range": snapshot.ephemeral_range and list(snapshot.ephemeral_range),
        "sockets": [_entry(socket, snapshot) for socket in snapshot.sockets],
    }


def _entry(socket: LocalSocket, snapshot: Snapshot) -> dict[str, object]:
    owner = socket.owners[0] if socket.owners else None
    owners_unknown = socket.owner_hidden and owner is None
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
        "unit": None,
        "container": None,
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
        "unknown_because": _unknown_because(socket, snapshot),
    }


def _owner(owner: Owner) -> dict[str, object]:
    return {
        "pid": owner.pid,
        "process": owner.name,
        "command": owner.command,
        "user": owner.user,
        "started": _time(owner.started),
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _unknown_because(socket: LocalSocket, snapshot: Snapshot) -> dict[str, str]:
    """Which keys of the entry are null, or hold a null, for want of knowledge, and why."""
    because = {"unit": _NOT_READ, "container": _NOT_READ}
    if socket.ephemeral is None:
        because["ephemeral"] = _NOT_AVAILABLE
    if socket.owners:
        owners = [_owner(each) for each in socket.owners]
        first = ("process", "command", "started")
        because |= {key: _NOT_AVAILABLE for key in first if owners[0][key] is None}
        because |= {f"owners.{key}": _NOT_AVAILABLE for each in owners for key in each if each[key] is None}
    elif socket.owner_hidden:
        reason = snapshot.hidden.reason or _NOT_AVAILABLE
        because |= dict.fromkeys(("pids", "process", "command", "started", "owners"), reason)
    if snapshot.source == "psutil":
        because |= dict.fromkeys(("uid", "user", "shared_by", "inode"), _NOT_AVAILABLE)
    elif socket.uid is not None and socket.user is None:
        because["user"] = _NO_SUCH_USER
    if socket.state == "LISTEN":
        because |= _queue_unknown_because(socket)
    return because


def _queue_unknown_because(socket: LocalSocket) -> dict[str, str]:
    if socket.queue is None:
        return {"queue": _NOT_AVAILABLE}
    fields = {"queue.waiting": socket.queue.waiting, "queue.limit": socket.queue.limit}
    return {key: _NOT_AVAILABLE for key, value in fields.items() if value is None}
