"""Side by side with ss(8): the same live sockets, owners, users, inodes and queues, for root and others."""

import re
import socket
import subprocess
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from portview.sockets.linux_source import LinuxSource
from portview.sockets.netlink.dump import NetlinkTables
from portview.sockets.proc_tables import ProcTables
from portview.sockets.psutil_source import PsutilSource
from portview.sockets.records import Snapshot
from portview.sockets.source import Source

Bound = Callable[..., socket.socket]
Forked = Callable[..., tuple[int, object]]
NOBODY = 65534

SOURCES: dict[str, Callable[[], Source]] = {
    "netlink": lambda: LinuxSource([NetlinkTables()]),
    "proc": lambda: LinuxSource([ProcTables()]),
    "psutil": PsutilSource,
}
# What ss calls differently; all its other states are the kernel's with a dash.
STATES = {"ESTAB": "ESTABLISHED", "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2"}


class Row(NamedTuple):
    protocol: str
    state: str
    address: str
    port: int
    remote_port: int | None
    pids: frozenset[int]
    uid: int | None = None
    inode: int | None = None
    waiting: int | None = None
    limit: int | None = None
    v6only: bool | None = None
    cgroup: str | None = None

    def without(self, *names: str) -> "Row":
        nothing: dict[str, Any] = dict.fromkeys(names)
        return self._replace(**nothing)


# Which columns each source leaves open.
UNTOLD = {
    "netlink": (),
    "proc": ("limit", "v6only", "cgroup"),
    "psutil": ("limit", "v6only", "cgroup", "uid", "inode", "waiting"),
}


def as_ss_tells(user: int | None) -> list[Row]:
    groups: list[int] | None = None if user is None else []
    done = subprocess.run(
        ["ss", "-H", "-tuanpe"],
        user=user,
        group=user,
        extra_groups=groups,
        capture_output=True,
        text=True,
        check=True,
    )
    # ss prints the names of processes as they are: one with a newline in it spreads over two lines.
    return [as_row(text) for text in re.findall(r"^(?:tcp|udp) .*$", done.stdout, re.MULTILINE)]


def as_row(text: str) -> Row:
    protocol, state, waiting, limit, local, remote, *rest = text.split(None, 6)
    more = "".join(rest)
    address, _, port = local.rpartition(":")
    peer = remote.rpartition(":")[2]
    inode = re.search(r"ino:([1-9]\d*)", more)
    uid = re.search(r"uid:(\d+)", more)  # left out for root
    v6only = re.search(r"v6only:([01])", more)
    cgroup = re.search(r"cgroup:(\S+)", more)
    listens = state == "LISTEN"
    return Row(
        protocol=protocol,
        state=STATES.get(state, state.replace("-", "_")),
        address=address.partition("%")[0].strip("[]").replace("*", "::"),
        port=int(port),
        remote_port=None if peer == "*" else int(peer),
        pids=frozenset(map(int, re.findall(r"pid=(\d+)", more))),
        uid=(int(uid[1]) if uid else 0) if inode else None,
        inode=int(inode[1]) if inode else None,
        waiting=int(waiting) if listens else None,
        limit=int(limit) if listens else None,
        v6only=v6only[1] == "1" if v6only else None,
        cgroup=cgroup[1] if cgroup else None,
    )


def as_we_tell(snapshot: Snapshot) -> list[Row]:
    return [
        Row(
            protocol=each.protocol.value,
            state=each.state,
            address=each.address,
            port=each.port,
            remote_port=each.remote_port,
            pids=frozenset(owner.pid for owner in each.owners),
            uid=each.uid,
            inode=each.inode,
            waiting=each.queue.waiting if each.queue else None,
            limit=each.queue.limit if each.queue else None,
            v6only=each.v6only,
            cgroup=each.cgroup,
        )
        for each in snapshot.sockets
    ]


@pytest.mark.parametrize("user", [None, NOBODY])
@pytest.mark.parametrize("name", SOURCES)
def test_the_same_sockets_and_all_about_them(
    own_network: None, bound: Bound, forked: Forked, name: str, user: int | None
) -> None:
    servers = [
        bound(address, udp=udp)
        for address in ("127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1")
        for udp in (False, True)
    ]
    ports = {server.getsockname()[1] for server in servers}
    forked(lambda: None, inherit=True)
    _, nobodys = forked(lambda: bound("127.0.0.1").getsockname()[1], uid=NOBODY)
    assert isinstance(nobodys, int)
    listening = {nobodys, *ports}
    with (
        socket.create_connection(servers[0].getsockname()) as client,
        servers[0].accept()[0],
        socket.create_connection(("127.0.0.1", nobodys)) as unaccepted,
        socket.create_connection(("127.0.0.1", servers[6].getsockname()[1])) as mapped,
        servers[6].accept()[0],
    ):
        connections = {each.getsockname()[1] for each in (client, unaccepted, mapped)}
        wanted = listening | connections

        def look() -> Snapshot:
            return SOURCES[name]().snapshot(everything=True)

        snapshot = look() if user is None else forked(look, uid=user)[1]
        assert isinstance(snapshot, Snapshot)
        theirs = [row for row in as_ss_tells(user) if row.port in wanted]
        ours = [row for row in as_we_tell(snapshot) if row.port in wanted]
    if name == "psutil":  # it merges what it cannot tell apart, and keeps one holder of each
        assert {row.without("pids") for row in ours} == {row.without("pids", *UNTOLD[name]) for row in theirs}
    else:
        assert sorted(ours, key=str) == sorted((row.without(*UNTOLD[name]) for row in theirs), key=str)
    assert len(ours) == 17
    visible = {row.port for row in ours if row.pids and row.port in listening}
    assert visible == (listening if user is None else {nobodys})
