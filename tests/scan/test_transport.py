"""Single tries with real sockets: what came of each, and what is left behind."""

import errno
import socket
from collections.abc import Iterator

import pytest

from portview.scan.host import Host, Reach
from portview.scan.knock import Answer, Knock, Try
from portview.scan.loss import Loss
from portview.scan.pacing import Timing, Window
from portview.scan.tcp import TcpTransport
from portview.scan.transport import SELF_CONNECT, Transport
from portview.scan.udp import UdpTransport
from tests.scan.conftest import Listen

EAGER = [pytest.param(32, id="at once"), pytest.param(0, id="later")]


def host(address: str = "127.0.0.1") -> Host:
    return Host(address, [], Reach.OWN, Timing(), Window(), Loss(), None)


@pytest.fixture
def tcp() -> Iterator[TcpTransport]:
    transport = TcpTransport(100)
    yield transport
    transport.close()


@pytest.fixture
def udp() -> Iterator[UdpTransport]:
    transport = UdpTransport()
    yield transport
    transport.close()


def knock(transport: Transport, target: Host, port: int) -> Answer:
    """Try once, and wait for what comes of it when that is not known at once."""
    answer = transport.start(Try(Knock(target, port), 1, 0.0))
    answers = [answer] if answer else transport.wait(5)
    [only] = answers
    return only


def free_ports(count: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[int]:
    socks = [socket.socket(socket.AF_INET, kind) for _ in range(count)]
    for sock in socks:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


@pytest.mark.parametrize("eager", EAGER)
def test_tcp_tells_open_from_closed(tcp: TcpTransport, listen: Listen, eager: int) -> None:
    target, [opened], [closed] = host(), listen(1), free_ports(1)
    target.eager = eager
    assert knock(tcp, target, opened).error_number == 0
    assert knock(tcp, target, closed).error_number == errno.ECONNREFUSED
    assert knock(tcp, target, opened).error_number == 0


def test_a_refused_socket_serves_again(tcp: TcpTransport, listen: Listen) -> None:
    target, [opened], [one, two] = host(), listen(1), free_ports(2)
    target.eager = 0
    socks = []
    for port in (one, two, opened):
        first = Try(Knock(target, port), 1, 0.0)
        assert tcp.start(first) is None
        assert first.sock is not None
        socks.append(first.sock)
        tcp.wait(5)
    assert socks[0] is socks[1] is socks[2]
    assert socks[0].fileno() == -1


def test_a_burst_ends_at_the_first_port_that_does_not_refuse(tcp: TcpTransport, listen: Listen) -> None:
    [opened], closed = listen(1), free_ports(5)
    ended = tcp.burst(host(), [*closed[:3], opened, *closed[3:]])
    assert [(one.port, one.error_number) for one in ended] == [
        *((port, errno.ECONNREFUSED) for port in closed[:3]),
        (opened, 0),
    ]
    assert all(one.rtt_s > 0 and one.queued is None for one in ended)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_socket_that_meets_itself_is_known(
    transport: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Transport = request.getfixturevalue(transport)
    target = host()
    if isinstance(made, UdpTransport):
        knock(made, target, free_ports(1, socket.SOCK_DGRAM)[0])
        port = made._sockets[socket.AF_INET].getsockname()[1]
    else:
        # The kernel would pick the port by chance: let the socket be bound before it connects.
        new = socket.socket.setblocking

        def bound(sock: socket.socket, flag: bool) -> None:
            new(sock, flag)
            sock.bind(("127.0.0.1", port))

        [port] = free_ports(1)
        monkeypatch.setattr(socket.socket, "setblocking", bound)
    assert knock(made, target, port).error_number == SELF_CONNECT


def test_hanging_up_leaves_no_time_wait(tcp: TcpTransport, listen: Listen) -> None:
    [port] = listen(1)
    one = Try(Knock(host(), port), 1, 0.0)
    one.knock.host.eager = 0
    tcp.start(one)
    assert one.sock is not None
    local = one.sock.getsockname()
    tcp.wait(5)
    # A port in TIME_WAIT would be refused without SO_REUSEADDR.
    with socket.socket() as again:
        again.bind(local)


def test_udp_tells_answered_refused_and_silent(udp: UdpTransport) -> None:
    target = host()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        one = Try(Knock(target, port), 1, 0.0)
        assert udp.start(one) is None
        assert udp.wait(0.05) == []
        _, client = server.recvfrom(2048)
        server.sendto(b"answer", client)
        assert udp.wait(5) == [Answer(one, 0, data=b"answer")]
        server.sendto(b"answer", client)
        assert udp.wait(0.05) == []
    answer = knock(udp, target, port)
    assert answer.error_number == errno.ECONNREFUSED
    assert answer.queued is not None
    assert (answer.queued.sender, answer.queued.port) == ("127.0.0.1", port)


def test_udp_errors_do_not_leak_to_the_next_port(udp: UdpTransport) -> None:
    target, ports = host(), free_ports(40, socket.SOCK_DGRAM)
    for port in ports:
        assert udp.start(Try(Knock(target, port), 1, 0.0)) is None
    refused = [answer.one.knock.port for answer in udp.wait(5)]
    assert sorted(refused) == sorted(ports)


def test_udp_errors_that_go_on_coming_do_not_leak_either(
    udp: UdpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, [late, *closed] = host(), free_ports(5, socket.SOCK_DGRAM)
    read = udp._read_errors

    def read_while_they_come(sock: socket.socket) -> int:
        count = read(sock)
        if closed:  # as one does that comes between the reading and the next send
            sock.sendto(b"", ("127.0.0.1", closed.pop()))
        return count

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        monkeypatch.setattr(udp, "_read_errors", read_while_they_come)
        assert udp.start(Try(Knock(target, late), 1, 0.0)) is None
        assert udp.start(Try(Knock(target, silent.getsockname()[1]), 1, 0.0)) is None
    assert not closed


def test_udp_stranger_is_not_listened_to(udp: UdpTransport) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        server.bind(("127.0.0.1", 0))
        udp.start(Try(Knock(host(), server.getsockname()[1]), 1, 0.0))
        _, client = server.recvfrom(2048)
        stranger.sendto(b"answer", client)
        assert udp.wait(0.1) == []
