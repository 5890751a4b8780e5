"""The public form of `ls --json`: snapshots made by hand against files kept beside this one."""

import json
from pathlib import Path

import pytest

from portview.sockets.document import document
from portview.sockets.machine import Counters, Machine
from portview.sockets.records import (
    Hidden,
    HiddenReason,
    LocalSocket,
    Owner,
    PortKind,
    Queue,
    Reach,
    Shared,
    Sharing,
    Snapshot,
)
from portview.sockets.source import best_source
from portview.vocabulary import Family, Protocol

GOLDENS = Path(__file__).with_name("goldens")
TCP, UDP, IPV4, IPV6 = Protocol.TCP, Protocol.UDP, Family.IPV4, Family.IPV6

SSHD = LocalSocket(
    TCP,
    IPV4,
    "0.0.0.0",
    22,
    "LISTEN",
    Reach.NETWORK,
    PortKind.SYSTEM,
    ephemeral=False,
    uid=0,
    user="root",
    owners=(Owner(812, "sshd", "sshd: /usr/sbin/sshd -D", "root", 1767225600.25),),
    service="ssh",
    queue=Queue(0, 128),
    inode=1234,
    interface="eth0",
    cgroup="/system.slice/ssh.service",
)
SESSION = LocalSocket(
    TCP,
    IPV4,
    "192.0.2.7",
    22,
    "ESTABLISHED",
    Reach.NETWORK,
    PortKind.SYSTEM,
    ephemeral=False,
    remote_address="192.0.2.9",
    remote_port=50000,
    uid=0,
    user="root",
    owners=(Owner(900, "sshd", None, "root", 1767225660.0), Owner(901, "sshd", "sshd: alice", "alice", None)),
    service="ssh",
    inode=1235,
)
TIME_WAIT = LocalSocket(
    TCP,
    IPV4,
    "192.0.2.7",
    22,
    "TIME_WAIT",
    Reach.NETWORK,
    PortKind.SYSTEM,
    ephemeral=False,
    remote_address="192.0.2.9",
    remote_port=50001,
    service="ssh",
)
WORKERS = LocalSocket(
    TCP,
    IPV6,
    "::1",
    8080,
    "LISTEN",
    Reach.LOOPBACK,
    PortKind.USER,
    ephemeral=False,
    uid=1000,
    owners=(Owner(70, "app", "app --port 8080"), Owner(71, "app", "app --port 8080")),
    service="http-alt",
    queue=Queue(3, None),
    shared=Shared(Sharing.INHERITED, (70, 71)),
    inode=1236,
    v6only=False,
)
HIDDEN = LocalSocket(
    UDP,
    IPV6,
    "fe80::1",
    51820,
    "UNCONN",
    Reach.LINK_LOCAL,
    PortKind.DYNAMIC,
    ephemeral=True,
    uid=0,
    user="root",
    owner_hidden=True,
    shared=Shared(Sharing.REUSE_PORT, ()),
    inode=1237,
)
PORTABLE = LocalSocket(
    TCP,
    IPV4,
    "127.0.0.1",
    5432,
    "LISTEN",
    Reach.LOOPBACK,
    PortKind.USER,
    owners=(Owner(55, "postgres", "postgres -D /data", "postgres", 1767225600.0),),
    service="postgresql",
)

SNAPSHOTS = {
    "linux": Snapshot(
        (SSHD, SESSION, TIME_WAIT, WORKERS, HIDDEN),
        Hidden(1, HiddenReason.NOT_ROOT, "sudo portview ls"),
        "netlink",
        (32768, 60999),
    ),
    "portable": Snapshot(
        (PORTABLE,), Hidden(None, HiddenReason.NOT_ROOT, "sudo portview ls"), "psutil", None
    ),
    "empty": Snapshot((), Hidden(), "proc", (32768, 60999), "EPERM"),
}


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_the_document_is_as_promised(name: str) -> None:
    written = json.dumps(document(SNAPSHOTS[name]), indent=1) + "\n"
    assert written == (GOLDENS / f"ls_{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("socket", "why"),
    [(HIDDEN, "not_root"), (PORTABLE, "not_available"), (TIME_WAIT, None)],
    ids=["hidden", "no process read", "no owner"],
)
def test_why_what_follows_from_the_process_is_unknown(socket: LocalSocket, why: str | None) -> None:
    machine = Machine(counters=Counters(0))
    snapshot = Snapshot((socket,), Hidden(1, HiddenReason.NOT_ROOT), "netlink", machine=machine)
    [entry] = json.loads(json.dumps(document(snapshot)))["sockets"]
    assert {entry["unknown_because"].get(key) for key in ("executable", "parents", "unit")} == {why}


def test_the_contracts_keys_come_first_and_in_order() -> None:
    (entry,) = json.loads(json.dumps(document(SNAPSHOTS["portable"])))["sockets"]
    promised = (
        "protocol family address port state uid user pids process command unit container service reach "
        "queue shared_by inode "
    )
    assert " ".join(entry).startswith(promised)


def test_every_socket_of_this_machine_can_be_written() -> None:
    snapshot = best_source().snapshot(everything=True)
    written = json.loads(json.dumps(document(snapshot)))
    assert [entry["port"] for entry in written["sockets"]] == [each.port for each in snapshot.sockets]
