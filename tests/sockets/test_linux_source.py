"""What only the kernel's own tables tell: uid, inode, queue, every holder; and what is denied."""

import ctypes
import errno
import gc
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from portview.sockets.entry import Entry, Tables
from portview.sockets.linux_source import LinuxSource
from portview.sockets.netlink.dump import NetlinkTables
from portview.sockets.proc_tables import ProcTables
from portview.sockets.records import Hidden, HiddenReason, LocalSocket, Queue, Shared, Sharing, Snapshot
from portview.sockets.source import best_source
from portview.vocabulary import Protocol

Bound = Callable[..., socket.socket]
Forked = Callable[..., tuple[int, object]]
NOBODY = 65534
IPPROTO_MPTCP = 262

READ_AS_JSON = (
    "import json; from portview.sockets.source import best_source;"
    "from portview.sockets.document import document;"
    "print(json.dumps(document(best_source().snapshot())))"
)


def at(port: int, *, everything: bool = False) -> list[LocalSocket]:
    return [each for each in best_source().snapshot(everything=everything).sockets if each.port == port]


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
    assert (found.uid, found.inode, found.queue) == (os.geteuid(), inode, Queue(waiting=2, limit=7))


def test_udp_has_no_accept_queue(bound: Bound) -> None:
    (found,) = at(port_of(bound("127.0.0.1", udp=True)))
    assert found.queue is None


@pytest.mark.parametrize("tables", [NetlinkTables, ProcTables])
def test_a_udp_socket_that_has_a_peer_is_no_listener_even_at_port_0(
    bound: Bound, tables: Callable[[], Tables]
) -> None:
    udp = bound("127.0.0.1", udp=True)
    udp.connect(("127.0.0.1", 0))
    source, port = LinuxSource((tables(),)), port_of(udp)
    assert port not in {each.port for each in source.snapshot().sockets}
    [found] = [each for each in source.snapshot(everything=True).sockets if each.port == port]
    assert (found.is_listener, found.state, found.peer) == (False, "ESTABLISHED", "127.0.0.1:0")


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

    source = best_source()
    thread = threading.Thread(target=churn)
    thread.start()
    while not finished.is_set():
        seen += [pids(each) for each in source.snapshot(everything=True).sockets if each.port == port]
    thread.join()
    assert seen
    assert all(os.getpid() in found for found in seen)


def test_the_uid_is_told_even_when_the_owner_is_hidden(root: None, bound: Bound, forked: Forked) -> None:
    port = port_of(bound("127.0.0.1", udp=True))
    _, snapshot = forked(best_source().snapshot, uid=NOBODY)
    assert isinstance(snapshot, Snapshot)
    (found,) = (each for each in snapshot.sockets if each.port == port and each.protocol is Protocol.UDP)
    assert (found.uid, found.user, found.owners, found.owner_hidden) == (0, "root", (), True)


def test_the_owner_is_the_effective_user_also_where_the_kernel_guards_the_process(
    root: None, bound: Bound, forked: Forked
) -> None:
    def drop() -> int:
        port = port_of(bound("127.0.0.1"))
        os.setgid(NOBODY)
        os.setuid(NOBODY)  # from now on what is in /proc/<pid> is root's (PR_SET_DUMPABLE of prctl(2))
        return port

    pid, port = forked(drop)
    assert isinstance(port, int)
    assert os.stat(f"/proc/{pid}/stat").st_uid == 0
    (found,) = at(port)
    assert (found.user, [owner.user for owner in found.owners]) == ("root", ["nobody"])


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


class Refusing:
    """Tables that a sandbox closes."""

    name = "netlink"

    def read(self, *, everything: bool) -> Sequence[Entry]:
        raise PermissionError(errno.EPERM, "not here")


def test_where_netlink_is_refused_the_files_stand_in_and_it_is_said(bound: Bound) -> None:
    port = port_of(bound("127.0.0.1"))
    snapshot = LinuxSource([Refusing(), ProcTables()]).snapshot()
    assert (snapshot.source, snapshot.refused) == ("proc", "EPERM")
    assert [pids(each) for each in snapshot.sockets if each.port == port] == [[os.getpid()]]


def test_where_all_is_refused_nothing_is_told_and_that_is_said() -> None:
    snapshot = LinuxSource([Refusing(), Refusing()]).snapshot()
    assert snapshot.sockets == ()
    assert snapshot.hidden == Hidden(None, HiddenReason.NO_PROCFS, None)
    assert snapshot.refused == "EPERM"


def test_where_nothing_is_open_nothing_is_hidden(own_network: None, forked: Forked) -> None:
    _, snapshot = forked(lambda: best_source().snapshot(everything=True), uid=NOBODY)
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.sockets, snapshot.hidden) == ((), Hidden())


def test_what_others_keep_from_the_collector_stays_kept() -> None:
    gc.freeze()
    try:
        kept = gc.get_freeze_count()
        best_source().snapshot()
        assert 0 < gc.get_freeze_count() <= kept
    finally:
        gc.unfreeze()


def test_a_seccomp_filter_does_not_blind_it(bound: Bound, forked: Forked) -> None:
    port = port_of(bound("127.0.0.1"))

    def confined() -> tuple[str, str | None, list[int]]:
        no_netlink()
        snapshot = best_source().snapshot()
        return snapshot.source, snapshot.refused, [each.port for each in snapshot.sockets]

    _, answer = forked(confined)
    assert isinstance(answer, tuple)
    source, refused, ports = answer
    assert (source, refused) == ("proc", "EPERM")
    assert port in ports


def no_netlink() -> None:
    """Forbid socket(AF_NETLINK, ...) to this process, as container runtimes may (seccomp(2))."""
    load, equal, answer = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
    number = {"x86_64": 41, "aarch64": 198}.get(os.uname().machine)
    if number is None:
        pytest.skip("the number of socket(2) is not known here")
    program = [
        (load, 0, 0, 0),
        (equal, 0, 3, number),
        (load, 0, 0, 16),
        (equal, 0, 1, socket.AF_NETLINK),
        (answer, 0, 0, 0x00050000 | errno.EPERM),
        (answer, 0, 0, 0x7FFF0000),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in program))
    filter_ = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    if libc.prctl(22, 2, ctypes.byref(filter_), 0, 0) != 0:  # PR_SET_SECCOMP
        pytest.skip("no seccomp filters here")


def test_without_proc_the_sockets_are_told_and_that_their_owners_are_not(root: None, bound: Bound) -> None:
    port = port_of(bound("127.0.0.1"))
    empty = 'mount -t tmpfs none /proc && exec "$@"'
    document = read_by("unshare", "--mount", "sh", "-c", empty, "sh")
    (found,) = (each for each in document["sockets"] if each["port"] == port)
    assert (found["pids"], found["uid"]) == (None, 0)
    assert found["unknown_because"]["pids"] == "no_procfs"
    assert document["hidden"]["reason"] == "no_procfs"
    assert document["source"] == "netlink"


@pytest.mark.parametrize("tables", [NetlinkTables, ProcTables])
def test_what_has_not_changed_stays_the_same_object(bound: Bound, tables: Callable[[], Tables]) -> None:
    port = port_of(bound("127.0.0.1"))
    source = LinuxSource([tables()])
    (before,) = (each for each in source.snapshot().sockets if each.port == port)
    new = port_of(bound("127.0.0.1"))
    after = source.snapshot().sockets
    assert next(each for each in after if each.port == port) is before
    assert next(each for each in after if each.port == new).owners == before.owners


def test_who_shares_a_port_is_told_anew(bound: Bound, forked: Forked) -> None:
    server = bound("127.0.0.1", reuse_port=True)
    port = port_of(server)
    source = best_source()

    def shared() -> list[Sharing | None]:
        found = (each.shared for each in source.snapshot().sockets if each.port == port)
        return [None if each is None else each.how for each in found]

    assert shared() == [None]
    second = bound("127.0.0.1", port, reuse_port=True)
    assert shared() == [Sharing.REUSE_PORT] * 2
    second.close()
    assert shared() == [None]
    forked(lambda: None, inherit=True)
    assert shared() == [Sharing.INHERITED]


def test_the_cgroup_at_which_a_socket_was_made(bound: Bound) -> None:
    (found,) = at(port_of(bound("127.0.0.1")))
    mine = re.search(r"^0::(.*)$", Path("/proc/self/cgroup").read_text(), re.MULTILINE)
    if mine is None:
        pytest.skip("no cgroups of version 2")
    assert found.cgroup == mine[1]


def test_twenty_thousand_sockets(bound: Bound, forked: Forked) -> None:
    """Each with its owner; and only the one that is new is made anew."""

    def crowd(address: str) -> list[socket.socket]:
        opened = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(1000)]
        for number, each in enumerate(opened):
            each.bind((address, 10_000 + number))
        kept.extend(opened)
        return []

    kept: list[socket.socket] = []
    children = [forked(partial(crowd, f"127.0.77.{number}"))[0] for number in range(1, 21)]
    source = best_source()
    before = set(map(id, kept_sockets := source.snapshot().sockets))
    assert sum(pids(each)[0] in children for each in kept_sockets if each.owners) == 20_000
    port = port_of(bound("127.0.0.1"))
    new = [each for each in source.snapshot().sockets if id(each) not in before and each.port == port]
    assert [pids(each) for each in new] == [[os.getpid()]]
    still = sum(id(each) in before for each in source.snapshot().sockets)
    assert still >= 20_000
