"""Dumps of this kernel, and of others that refuse, interrupt or say nonsense."""

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from portview.netlink.messages import HEADER
from portview.sockets.netlink.dump import NetlinkTables
from portview.sockets.records import Queue

Bound = Callable[..., socket.socket]
DONE = struct.pack("=i", 0)


def test_a_listener_is_there_with_its_queue(bound: Bound) -> None:
    server = bound("127.0.0.1")
    with socket.create_connection(server.getsockname()):
        entries = NetlinkTables().read(everything=False)
    (found,) = (entry for entry in entries if entry.inode == os.fstat(server.fileno()).st_ino)
    assert (found.port, found.uid, found.state) == (server.getsockname()[1], os.geteuid(), "LISTEN")
    assert found.queue == Queue(1, 7)


def test_v6only_is_told_both_ways() -> None:
    for only in (True, False):
        with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=not only) as server:
            entries = NetlinkTables().read(everything=False)
            (found,) = (entry for entry in entries if entry.inode == os.fstat(server.fileno()).st_ino)
            assert found.v6only is only


def test_the_interface_that_a_socket_is_bound_to(root: None) -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        server.bind(("0.0.0.0", 0))
        server.listen()
        entries = NetlinkTables().read(everything=False)
        (found,) = (entry for entry in entries if entry.inode == os.fstat(server.fileno()).st_ino)
        assert found.interface == "lo"


@contextmanager
def speaking(*answers: bytes) -> Iterator[NetlinkTables]:
    """Tables behind which stands another program: each question gets the next answer."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        for answer in answers:
            theirs.send(answer)
        theirs.setblocking(False)
        yield NetlinkTables(lambda: ours.dup())


def frame(kind: int, payload: bytes, number: int, flags: int = 2) -> bytes:
    return HEADER.pack(HEADER.size + len(payload), kind, flags, number, 0) + payload


def test_nothing_at_all_is_a_good_answer() -> None:
    with speaking(*(frame(3, DONE, number) for number in range(4))) as tables:
        assert tables.read(everything=True) == []


@pytest.mark.parametrize("kind", [2, 3])
def test_a_refusal_of_any_table_is_raised(kind: int) -> None:
    refusal = frame(kind, struct.pack("=i", -errno.ENOENT), 1)
    with speaking(frame(3, DONE, 0), refusal) as tables, pytest.raises(FileNotFoundError):
        tables.read(everything=False)


def test_a_broken_frame_is_raised() -> None:
    with speaking(b"\xff" * 40) as tables, pytest.raises(OSError, match="message"):
        tables.read(everything=False)


def test_a_dump_that_was_interrupted_is_asked_for_again() -> None:
    interrupted = frame(3, DONE, 0, flags=0x12)
    answers = (interrupted, interrupted, *(frame(3, DONE, number) for number in range(4)))
    with speaking(*answers) as tables:
        assert tables.read(everything=False) == []


def test_one_that_is_always_interrupted_ends_all_the_same() -> None:
    answers = [frame(3, DONE, number, flags=0x12) for number in range(4) for _ in range(4)]
    with speaking(*answers) as tables:
        assert tables.read(everything=False) == []


def test_the_same_dump_is_the_same_object_and_a_new_socket_leaves_the_others_alone(bound: Bound) -> None:
    tables = NetlinkTables()
    server = bound("127.0.0.1")
    inode = os.fstat(server.fileno()).st_ino
    before = tables.read(everything=False)
    (old,) = (entry for entry in before if entry.inode == inode)
    bound("127.0.0.1")
    after = tables.read(everything=False)
    assert after is not before
    assert any(entry is old for entry in after)


def test_nothing_changed_is_nothing_new(own_network: None, bound: Bound) -> None:
    server = bound("127.0.0.1")
    tables = NetlinkTables()
    with socket.create_connection(server.getsockname()):
        for everything in (True, False):
            first = tables.read(everything=everything)
            assert tables.read(everything=everything) is first


def test_one_who_hangs_up_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.shutdown(socket.SHUT_WR)
    with ours, theirs, pytest.raises(OSError, match="message"):
        NetlinkTables(lambda: ours.dup()).read(everything=False)
