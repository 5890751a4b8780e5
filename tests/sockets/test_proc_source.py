"""What only the kernel's own tables tell: uid, inode, queue, every holder; and what is denied."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from portview.sockets.proc_source import ProcSource
from portview.sockets.records import LocalSocket, Queue, Shared, Sharing, Snapshot
from portview.vocabulary import Protocol

Bound = Callable[..., socket.socket]
Forked = Callable[..., tuple[int, object]]
NOBODY = 65534
IPPROTO_MPTCP = 262

READ_AS_JSON = (
    "import json; from portview.sockets.proc_source import ProcSource;"
    "from portview.sockets.document import document;"
    "print(json.dumps(document(ProcSource().snapshot())))"
)


def at(port: int, *, everything: bool = False) -> list[LocalSocket]:
    return [each for each in ProcSource().snapshot(everything=everything).sockets if each.port == port]


def port_of(opened: socket.socket) -> int:
    port: int = opened.getsockname()[1]
    return port


def pids(found: LocalSocket) -> list[int]:
    return [owner.pid for owner in found.owners]


def test_the_uid_the_inode_and_the_queue(bound: Bound) -> None:
    server = bound("127.0.0.1")
    inode = os.fstat(server.fileno()).st_ino
    with socket.create_connection(server.getsockname()), socket.create_connection(server.getsockname()):
        (found,) = at(port_of(server))
    assert (found.uid, found.inode, found.queue) == (os.geteuid(), inode, Queue(waiting=2, limit=None))


def test_udp_has_no_accept_queue(bound: Bound) -> None:
    (found,) = at(port_of(bound("127.0.0.1", udp=True)))
    assert found.queue is None


def test_one_socket_in_many_processes_is_inherited(bound: Bound, forked: Forked) -> None:
    port = port_of(bound("127.0.0.1"))
    children = [forked(lambda: None, inherit=True)[0] for _ in range(2)]
    holders = sorted([os.getpid(), *children])
    (found,) = at(port)
    assert pids(found) == holders
    assert found.shared == Shared(Sharing.INHERITED, tuple(holders))


@pytest.mark.parametrize("udp", [False, True])
def test_two_sockets_at_one_port_are_reuse_port(bound: Bound, forked: Forked, udp: bool) -> None:
    port = port_of(bound("127.0.0.1", reuse_port=True, udp=udp))
    child, _ = forked(lambda: port_of(bound("127.0.0.1", port, reuse_port=True, udp=udp)))
    first, second = at(port)
    assert first.inode != second.inode
    assert {(*pids(first),), (*pids(second),)} == {(os.getpid(),), (child,)}
    both = Shared(Sharing.REUSE_PORT, tuple(sorted([os.getpid(), child])))
    assert first.shared == second.shared == both


def test_many_descriptors_of_one_process_are_one_owner(bound: Bound) -> None:
    server = bound("127.0.0.1")
    with server.dup(), server.dup():
        (found,) = at(port_of(server))
    assert pids(found) == [os.getpid()]
    assert found.shared is None


def test_tcp_and_udp_and_both_families_at_one_port_do_not_share(bound: Bound) -> None:
    port = port_of(bound("127.0.0.1"))
    bound("127.0.0.1", port, udp=True)
    bound("::1", port)
    found = at(port)
    assert [(each.protocol, each.family) for each in found] == [
        ("tcp", "ipv4"),
        ("tcp", "ipv6"),
        ("udp", "ipv4"),
    ]
    assert [each.shared for each in found] == [None, None, None]


def test_an_ipv4_client_of_an_ipv6_listener_is_v4_mapped(bound: Bound) -> None:
    server = bound("::")
    port = port_of(server)
    with socket.create_connection(("127.0.0.1", port)), server.accept()[0]:
        (accepted,) = (each for each in at(port, everything=True) if each.state == "ESTABLISHED")
    assert (accepted.family, accepted.address) == ("ipv6", "::ffff:127.0.0.1")
    assert accepted.remote_address == "::ffff:127.0.0.1"
    assert accepted.reach == "loopback"


def test_the_owner_of_a_multipath_listener_is_found(bound: Bound) -> None:
    try:
        server = bound("127.0.0.1", number=IPPROTO_MPTCP)
    except OSError:
        pytest.skip("no MPTCP in this kernel")
    assert [pids(found) for found in at(port_of(server))] == [[os.getpid()]]


def test_a_dead_holder_is_no_owner(bound: Bound) -> None:
    port = port_of(bound("127.0.0.1"))
    zombie = os.fork()
    if zombie == 0:
        os._exit(0)
    os.waitid(os.P_PID, zombie, os.WEXITED | os.WNOWAIT)
    (found,) = at(port)
    os.waitpid(zombie, 0)
    assert pids(found) == [os.getpid()]


def test_processes_that_come_and_go_do_no_harm(bound: Bound) -> None:
    port = port_of(bound("127.0.0.1"))
    seen: list[list[int]] = []
    finished = threading.Event()

    def churn() -> None:
        opens_a_socket = "import socket; socket.create_server(('127.0.0.1', 0))"
        for _ in range(10):
            subprocess.run([sys.executable, "-S", "-c", opens_a_socket], check=True)
        finished.set()

    source = ProcSource()
    thread = threading.Thread(target=churn)
    thread.start()
    while not finished.is_set():
        seen += [pids(each) for each in source.snapshot(everything=True).sockets if each.port == port]
    thread.join()
    assert seen
    assert all(os.getpid() in found for found in seen)


Row = tuple[str, str, int, frozenset[int]]


def as_ss_tells(user: int | None, ports: set[int]) -> list[Row]:
    """The rows of ss(8) for these ports: protocol, address, port, pids."""
    groups: list[int] | None = None if user is None else []
    done = subprocess.run(
        ["ss", "-H", "-tulpn"],
        user=user,
        group=user,
        extra_groups=groups,
        capture_output=True,
        text=True,
        check=True,
    )
    rows: list[Row] = []
    # ss prints the names of processes as they are: one with a newline in it spreads over two lines.
    for text in re.findall(r"^(?:tcp|udp) .*$", done.stdout, re.MULTILINE):
        protocol, _, _, _, local, _, *rest = text.split(None, 6)
        address, _, port = local.rpartition(":")
        address = address.partition("%")[0].strip("[]").replace("*", "::")
        if int(port) in ports:
            holders = frozenset(map(int, re.findall(r"pid=(\d+)", "".join(rest))))
            rows.append((protocol, address, int(port), holders))
    return sorted(rows, key=str)


def as_we_tell(snapshot: Snapshot, ports: set[int]) -> list[Row]:
    rows = [
        (each.protocol.value, each.address, each.port, frozenset(pids(each)))
        for each in snapshot.sockets
        if each.port in ports
    ]
    return sorted(rows, key=str)


@pytest.mark.parametrize("user", [None, NOBODY])
def test_ss_sees_the_same_sockets_and_the_same_pids(
    root: None, bound: Bound, forked: Forked, user: int | None
) -> None:
    ports = {
        port_of(bound(address, udp=udp))
        for address in ("127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1")
        for udp in (False, True)
    }
    shared = port_of(bound("127.0.0.1", reuse_port=True))
    forked(lambda: None, inherit=True)
    forked(lambda: port_of(bound("127.0.0.1", shared, reuse_port=True)))
    _, nobodys = forked(lambda: port_of(bound("127.0.0.1")), uid=NOBODY)
    assert isinstance(nobodys, int)
    ports |= {shared, nobodys}
    if user is None:
        snapshot = ProcSource().snapshot()
    else:
        _, asked = forked(ProcSource().snapshot, uid=user)
        assert isinstance(asked, Snapshot)
        snapshot = asked
    ours = as_we_tell(snapshot, ports)
    assert ours == as_ss_tells(user, ports)
    assert len(ours) == 13
    visible = {port for _, _, port, holders in ours if holders}
    assert visible == (ports if user is None else {nobodys})


def test_the_uid_is_told_even_when_the_owner_is_hidden(root: None, bound: Bound, forked: Forked) -> None:
    port = port_of(bound("127.0.0.1", udp=True))
    _, snapshot = forked(ProcSource().snapshot, uid=NOBODY)
    assert isinstance(snapshot, Snapshot)
    (found,) = (each for each in snapshot.sockets if each.port == port and each.protocol is Protocol.UDP)
    assert (found.uid, found.user, found.owners, found.owner_hidden) == (0, "root", (), True)


def read_by(*wrapper: str) -> dict[str, Any]:
    """The JSON document as a new process sees it that was started through `wrapper`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [*wrapper, sys.executable, "-c", READ_AS_JSON], env=environment, capture_output=True, check=True
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.mark.parametrize(
    ("wrapper", "reason"),
    [
        (("unshare", "--pid", "--fork", "--mount-proc"), "other_namespace"),
        (("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"), "denied"),
    ],
)
def test_root_in_a_container_is_told_what_hides_the_owners(
    root: None, forked: Forked, bound: Bound, wrapper: tuple[str, ...], reason: str
) -> None:
    _, port = forked(lambda: port_of(bound("127.0.0.1")), uid=NOBODY)
    document = read_by(*wrapper)
    (found,) = (each for each in document["sockets"] if each["port"] == port)
    assert (found["uid"], found["pids"], found["process"]) == (NOBODY, None, None)
    assert found["unknown_because"]["pids"] == found["unknown_because"]["process"] == reason
    assert document["hidden"] == {
        "count": sum(each["pids"] is None for each in document["sockets"]),
        "reason": reason,
        "command": None,
    }
