"""One TCP knock at real servers, and the first words that follow."""

import socket
import struct
import threading
import time
from collections.abc import Callable

import pytest

from portview.probe import talk, tcp
from portview.probe.records import Attempt, Closing
from portview.probe.waiting import CancelledError
from portview.vocabulary import Family, Outcome

Serve = Callable[..., int]


def _banner(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-lab\r\n")


def _slow_banner(connection: socket.socket) -> None:
    time.sleep(0.3)
    connection.sendall(b"220 at last\r\n")


def _fin(connection: socket.socket) -> None:
    connection.close()


def _late_rst(connection: socket.socket) -> None:
    time.sleep(0.2)  # after the knock has seen the handshake
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _farewell(connection: socket.socket) -> None:
    connection.sendall(b"Not allowed ")
    connection.sendall(b"at this time\r\n")
    connection.close()


def _slow_farewell(connection: socket.socket) -> None:
    connection.sendall(b"421 Too many connections\r\n")
    time.sleep(0.01)
    connection.close()


def _flood(connection: socket.socket) -> None:
    connection.sendall(b"x" * 100_000)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize(
    ("greet", "outcome", "words", "closed_by", "errno"),
    [
        (lambda _: None, Outcome.CONNECTED, None, None, None),
        (_banner, Outcome.CONNECTED, b"SSH-2.0-lab\r\n", None, None),
        (_slow_banner, Outcome.CONNECTED, b"220 at last\r\n", None, None),
        (_fin, Outcome.CLOSED_BY_PEER, None, Closing.FIN, None),
        (_late_rst, Outcome.CLOSED_BY_PEER, None, Closing.RST, "ECONNRESET"),
        (_farewell, Outcome.CLOSED_BY_PEER, b"Not allowed at this time\r\n", Closing.FIN, None),
        (_slow_farewell, Outcome.CLOSED_BY_PEER, b"421 Too many connections\r\n", Closing.FIN, None),
        (_flood, Outcome.CONNECTED, b"x" * 1024, None, None),
    ],
    ids=["silent", "banner", "slow", "fin", "rst", "text_fin", "text_slow_fin", "flood"],
)
def test_first_words(
    monkeypatch: pytest.MonkeyPatch,
    serve: Serve,
    address: str,
    greet: Callable[[socket.socket], None],
    outcome: Outcome,
    words: bytes | None,
    closed_by: Closing | None,
    errno: str | None,
) -> None:
    if closed_by:
        monkeypatch.setattr(talk, "_FAREWELL_S", 5.0)  # a busy machine hangs up late
    port = serve(greet, address)
    attempt = tcp.knock(address, port, timeout_s=5, listen_s=5.0 if words or closed_by else 0.3)
    assert (attempt.outcome, attempt.first_bytes, attempt.closed_by) == (outcome, words, closed_by)
    assert (attempt.errno, attempt.stage) == (errno, "recv" if errno else None)
    assert (attempt.closed_after_ms is None) == (closed_by is None)
    assert (attempt.address, attempt.port, attempt.icmp) == (address, port, None)
    assert attempt.local_address == address
    assert attempt.rtt_ms is not None


def test_reset_at_once_is_closed_by_the_peer_whenever_it_is_noticed(serve: Serve) -> None:
    def rst(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    port = serve(rst)
    for _ in range(30):
        attempt = tcp.knock("127.0.0.1", port, timeout_s=5, listen_s=5)
        assert attempt.outcome is Outcome.CLOSED_BY_PEER
        assert attempt.closed_by is Closing.RST
        assert (attempt.errno, attempt.stage) == ("ECONNRESET", "recv")
        assert attempt.closed_after_ms is not None


def test_closed_port_is_refused_without_icmp(closed_port: int) -> None:
    attempt = tcp.knock("127.0.0.1", closed_port, timeout_s=5, listen_s=5)
    assert attempt.outcome is Outcome.REFUSED
    assert (attempt.errno, attempt.stage, attempt.icmp) == ("ECONNREFUSED", "connect", None)
    assert attempt.family is Family.IPV4


def test_link_local_address_without_scope_is_a_local_error() -> None:
    attempt = tcp.knock("fe80::1", 9, timeout_s=5, listen_s=None)
    assert (attempt.outcome, attempt.errno) == (Outcome.LOCAL_ERROR, "EINVAL")


def test_interface_that_is_gone_is_a_local_error() -> None:
    attempt = tcp.knock("fe80::1%nosuchif0", 9, timeout_s=5, listen_s=None)
    assert (attempt.outcome, attempt.errno, attempt.stage) == (Outcome.LOCAL_ERROR, "ENODEV", "socket")


def test_full_accept_queue_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        name = listener.getsockname()
        with socket.create_connection(name):  # the queue's one place
            attempt = tcp.knock(name[0], name[1], timeout_s=0.3, listen_s=None)
    assert (attempt.outcome, attempt.errno, attempt.stage) == (Outcome.TIMED_OUT, None, None)


def test_handshake_is_told_before_the_first_words(serve: Serve) -> None:
    told: list[Attempt] = []
    attempt = tcp.knock("127.0.0.1", serve(_banner), timeout_s=5, listen_s=0.5, on_connected=told.append)
    (handshake,) = told
    assert (handshake.outcome, handshake.first_bytes) == (Outcome.CONNECTED, None)
    assert attempt.first_bytes == b"SSH-2.0-lab\r\n"
    assert attempt.elapsed_ms == handshake.elapsed_ms


def test_cancel_ends_the_listening(serve: Serve) -> None:
    cancel = threading.Event()
    with pytest.raises(CancelledError):
        tcp.knock(
            "127.0.0.1",
            serve(),
            timeout_s=5,
            listen_s=3600,
            cancel=cancel,
            on_connected=lambda _: cancel.set(),
        )
