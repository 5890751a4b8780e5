"""How a port is shared, told by inodes and pids."""

from dataclasses import replace

import pytest

from portview.sockets.records import LocalSocket, Owner, PortKind, Queue, Reach, Shared, Sharing
from portview.sockets.sharing import with_sharing
from portview.vocabulary import Family, Protocol


def listener(inode: int | None, *pids: int, port: int = 80, address: str = "0.0.0.0") -> LocalSocket:
    owners = tuple(map(Owner, pids))
    tcp, ipv4 = Protocol.TCP, Family.IPV4
    return LocalSocket(
        tcp, ipv4, address, port, "LISTEN", Reach.NETWORK, PortKind.SYSTEM, owners=owners, inode=inode
    )


def udp(inode: int, *pids: int) -> LocalSocket:
    return replace(listener(inode, *pids), protocol=Protocol.UDP, state="UNCONN")


def accepted(inode: int, *pids: int) -> LocalSocket:
    made = listener(inode, *pids)
    return replace(made, state="ESTABLISHED", remote_address="192.0.2.9", remote_port=50000)


INHERITED, REUSE_PORT = Sharing.INHERITED, Sharing.REUSE_PORT


@pytest.mark.parametrize(
    ("sockets", "expected"),
    [
        ([], []),
        ([listener(1, 10)], [None]),
        ([listener(1)], [None]),
        ([listener(1, 10, 11, 12)], [Shared(INHERITED, (10, 11, 12))]),
        ([listener(1, 11), listener(2, 10)], [Shared(REUSE_PORT, (10, 11))] * 2),
        # One process with two sockets at one port.
        ([listener(1, 10), listener(2, 10)], [Shared(REUSE_PORT, (10,))] * 2),
        # Owners hidden: two sockets are two sockets all the same.
        ([listener(1), listener(2)], [Shared(REUSE_PORT, ())] * 2),
        # nginx with reuseport: each worker also holds the sockets of its siblings.
        ([listener(1, 10, 11), listener(2, 10, 11)], [Shared(REUSE_PORT, (10, 11))] * 2),
        ([udp(1, 10), udp(2, 11)], [Shared(REUSE_PORT, (10, 11))] * 2),
        # Not the same place.
        ([listener(1, 10), listener(2, 11, port=81)], [None, None]),
        ([listener(1, 10), listener(2, 11, address="127.0.0.1")], [None, None]),
        ([listener(1, 10), udp(2, 11)], [None, None]),
        ([replace(listener(1, 10), interface="eth0"), listener(2, 11)], [None, None]),
        # One socket that the kernel listed twice, in the middle of a change.
        ([listener(1, 10), replace(listener(1, 10), queue=Queue(1, 7))], [None, None]),
        ([listener(1, 10), replace(listener(2, 11), family=Family.IPV6)], [None, None]),
        # Connections share their port as a matter of course.
        ([listener(1, 10), accepted(2, 11), accepted(3, 11, 12)], [None, None, None]),
        # Without inodes it cannot be told.
        ([listener(None, 10, 11)], [None]),
        ([listener(None, 10), listener(None, 11)], [None, None]),
    ],
)
def test_sharing(sockets: list[LocalSocket], expected: list[Shared | None]) -> None:
    told = with_sharing(sockets)
    assert [socket.shared for socket in told] == expected
    assert [replace(socket, shared=None) for socket in told] == sockets
