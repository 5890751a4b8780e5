"""One contract for every source, tried on the same live sockets."""

import os
import socket
from collections.abc import Callable

import pytest

from portview.sockets.kinds import ephemeral_range
from portview.sockets.linux_source import LinuxSource
from portview.sockets.netlink.dump import NetlinkTables
from portview.sockets.proc_tables import ProcTables
from portview.sockets.psutil_source import PsutilSource
from portview.sockets.records import LocalSocket, PortKind, Reach, Snapshot
from portview.sockets.source import Source, best_source
from portview.vocabulary import Family, Protocol

Bound = Callable[..., socket.socket]


SOURCES: dict[str, Callable[[], Source]] = {
    "netlink": lambda: LinuxSource([NetlinkTables()]),
    "proc": lambda: LinuxSource([ProcTables()]),
    "psutil": PsutilSource,
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> Source:
    return SOURCES[request.param]()


def at(snapshot: Snapshot, port: int) -> list[LocalSocket]:
    return [each for each in snapshot.sockets if each.port == port]


def test_the_best_source_here_is_the_kernel_itself() -> None:
    assert best_source().name == "netlink"
    assert best_source().snapshot().refused is None


@pytest.mark.parametrize("udp", [False, True])
@pytest.mark.parametrize(
    ("address", "family", "reach"),
    [
        ("127.0.0.1", Family.IPV4, Reach.LOOPBACK),
        ("127.0.0.77", Family.IPV4, Reach.LOOPBACK),
        ("0.0.0.0", Family.IPV4, Reach.NETWORK),
        ("::1", Family.IPV6, Reach.LOOPBACK),
        ("::", Family.IPV6, Reach.NETWORK),
        ("::ffff:127.0.0.1", Family.IPV6, Reach.LOOPBACK),
    ],
)
def test_a_listener_is_told_in_full(
    source: Source, bound: Bound, udp: bool, address: str, family: Family, reach: Reach
) -> None:
    port = bound(address, udp=udp).getsockname()[1]
    snapshot = source.snapshot()
    assert snapshot.source == source.name
    assert snapshot.ephemeral_range == ephemeral_range()
    (found,) = (each for each in at(snapshot, port) if each.address == address)
    assert found.protocol is (Protocol.UDP if udp else Protocol.TCP)
    assert (found.family, found.reach) == (family, reach)
    assert found.state == ("UNCONN" if udp else "LISTEN")
    assert found.is_listener
    assert found.kind in (PortKind.USER, PortKind.DYNAMIC)
    assert found.ephemeral is True
    assert (found.remote_address, found.remote_port) == (None, None)
    assert [owner.pid for owner in found.owners] == [os.getpid()]
    assert not found.owner_hidden
    (owner,) = found.owners
    assert owner.name
    assert owner.command
    assert owner.user
    assert owner.started


def test_connections_are_listed_only_when_everything_is_asked_for(source: Source, bound: Bound) -> None:
    server = bound("127.0.0.1")
    port = server.getsockname()[1]
    datagram = bound("127.0.0.1", udp=True)
    datagram.connect(("127.0.0.1", 9))
    with socket.create_connection(("127.0.0.1", port)) as client, server.accept()[0]:
        listeners, everything = source.snapshot(), source.snapshot(everything=True)
        assert all(each.is_listener for each in listeners.sockets)
        assert [each.state for each in at(listeners, port)] == ["LISTEN"]
        mine = client.getsockname()[1]
        accepted = [each for each in at(everything, port) if not each.is_listener]
        assert [(each.state, each.remote_port) for each in accepted] == [("ESTABLISHED", mine)]
        (outgoing,) = at(everything, mine)
        assert (outgoing.remote_address, outgoing.remote_port) == ("127.0.0.1", port)
        assert outgoing.service is None
        assert [owner.pid for owner in outgoing.owners] == [os.getpid()]
        udp_port = datagram.getsockname()[1]
        assert at(listeners, udp_port) == []
        assert [(each.state, each.remote_port) for each in at(everything, udp_port)] == [("ESTABLISHED", 9)]


def test_a_connection_that_is_over_has_no_owner_and_hides_none(source: Source, bound: Bound) -> None:
    server = bound("127.0.0.1")
    with socket.create_connection(server.getsockname()) as client:
        mine = client.getsockname()[1]
        accepted = server.accept()[0]
    assert accepted.recv(1) == b""
    accepted.close()  # the client closed first, so it is the one that waits
    (waiting,) = at(source.snapshot(everything=True), mine)
    assert waiting.state == "TIME_WAIT"
    assert (waiting.owners, waiting.owner_hidden) == ((), False)
    assert (waiting.uid, waiting.user, waiting.inode) == (None, None, None)


def test_the_order_is_port_protocol_family_address(source: Source, bound: Bound) -> None:
    for address in ("0.0.0.0", "::1", "127.0.0.1"):
        for udp in (False, True):
            bound(address, udp=udp)
    keys = [
        (each.port, each.protocol, each.family, each.address)
        for each in source.snapshot(everything=True).sockets
    ]
    assert len(keys) >= 6
    assert keys == sorted(keys)


def test_identities_are_unique_and_stay(source: Source, bound: Bound) -> None:
    port = bound("127.0.0.1").getsockname()[1]
    first, second = source.snapshot(), source.snapshot()
    for snapshot in (first, second):
        assert len({each.identity for each in snapshot.sockets}) == len(snapshot.sockets)
    assert at(first, port) == at(second, port)


def test_a_stranger_still_sees_the_socket_and_why_its_owner_is_hidden(
    root: None, source: Source, bound: Bound, forked: Callable[..., tuple[int, tuple[int, Snapshot]]]
) -> None:
    port = bound("127.0.0.1").getsockname()[1]
    kept: list[socket.socket] = []

    def as_nobody() -> tuple[int, Snapshot]:
        kept.append(own := socket.create_server(("127.0.0.1", 0)))
        return own.getsockname()[1], source.snapshot()

    pid, (own_port, snapshot) = forked(as_nobody, uid=65534)
    (foreign,) = at(snapshot, port)
    assert (foreign.address, foreign.state, foreign.owners) == ("127.0.0.1", "LISTEN", ())
    assert foreign.owner_hidden
    (own,) = at(snapshot, own_port)
    assert [owner.pid for owner in own.owners] == [pid]
    assert not own.owner_hidden
    assert snapshot.hidden.reason == "not_root"
    assert snapshot.hidden.command == "sudo portview ls"
    assert snapshot.hidden.count == sum(each.owner_hidden for each in snapshot.sockets) > 0
