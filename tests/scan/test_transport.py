import errno
import select
import socket

import pytest

from portview.scan.transport import PENDING, SELF_CONNECT, TcpTransport, Transport, UdpTransport
from tests.scan.conftest import Listen


def knock(transport: Transport, sock: socket.socket, port: int, *, eager: bool) -> int:
    """Start, and wait for the end when it did not come at once."""
    sock.setblocking(False)
    result = transport.start(sock, ("127.0.0.1", port), eager)
    if result == PENDING:
        select.select([sock] if transport.reading else [], [] if transport.reading else [sock], [], 5)
        result = transport.collect(sock)
    return result


@pytest.fixture
def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.mark.parametrize("eager", [True, False])
def test_tcp_tells_open_from_closed(listen: Listen, free_port: int, eager: bool) -> None:
    [port] = listen(1)
    with socket.socket() as one, socket.socket() as two:
        assert knock(TcpTransport(), one, port, eager=eager) == 0
        assert knock(TcpTransport(), two, free_port, eager=eager) == errno.ECONNREFUSED


@pytest.mark.parametrize("eager", [True, False])
def test_tcp_knows_when_it_talks_to_itself(eager: bool) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        assert knock(TcpTransport(), sock, port, eager=eager) == SELF_CONNECT
        assert sock.getpeername() == sock.getsockname()


def test_udp_knows_when_it_talks_to_itself() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        assert knock(UdpTransport(), sock, sock.getsockname()[1], eager=True) == SELF_CONNECT


@pytest.mark.parametrize("eager", [True, False])
def test_udp_tells_answered_refused_and_silent(eager: bool) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        server.bind(("127.0.0.1", 0))
        client.setblocking(False)
        name = server.getsockname()
        assert UdpTransport().start(client, name, eager) == PENDING
        server.sendto(b"answer", client.getsockname())
        select.select([client], [], [], 5)
        assert UdpTransport().collect(client) == 0
        assert UdpTransport().collect(client) == PENDING
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
        assert knock(UdpTransport(), late, name[1], eager=eager) == errno.ECONNREFUSED


def test_hanging_up_leaves_no_time_wait(listen: Listen) -> None:
    [port] = listen(1)
    with socket.socket() as sock:
        assert knock(TcpTransport(), sock, port, eager=True) == 0
        local = sock.getsockname()
        TcpTransport().hang_up(sock)
    # A port in TIME_WAIT would be refused without SO_REUSEADDR.
    with socket.socket() as again:
        again.bind(local)
