"""Large answers that get lost, on loopback: a server that answers only where segments are small."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from portview.probe import mtu, tcp
from portview.probe.nudges import Plan
from portview.probe.records import Closing, Nudge, Target
from portview.probe.talk_records import ClampTest, Exchange, HttpAnswer, TlsAnswer
from portview.probe.waiting import CancelledError
from portview.vocabulary import Outcome

Serve = Callable[..., int]


def _segment(connection: socket.socket) -> int:
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)


def _answer(connection: socket.socket) -> None:
    with suppress(OSError):  # a client that has left
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")


def _answer_small(connection: socket.socket) -> None:
    if _segment(connection) <= mtu.SEGMENT:
        _answer(connection)


def _answer_small_or_close(connection: socket.socket) -> None:
    _answer_small(connection)
    if _segment(connection) > mtu.SEGMENT:
        connection.close()


def _greet_small(connection: socket.socket) -> None:
    if _segment(connection) <= mtu.SEGMENT:
        connection.sendall(b"220 lab\r\n")


def _hold(connection: socket.socket) -> None:
    """Say nothing, ever."""


def _compare(port: int, cancel: threading.Event | None = None) -> ClampTest | None:
    plan = Plan((Nudge.HTTP,), True, Target("nas.lan", port))
    return mtu.compare("127.0.0.1", plan, Nudge.HTTP, 0.1, cancel)


@pytest.mark.parametrize(
    ("greet", "answered", "plain_stalled"),
    [
        (_answer_small, True, True),
        (_greet_small, True, True),
        (_answer, True, False),
        (_answer_small_or_close, True, False),
        (_hold, False, True),
        (socket.socket.close, False, False),
    ],
)
def test_compare(
    greet: Callable[[socket.socket], None], answered: bool, plain_stalled: bool, serve: Serve
) -> None:
    found = _compare(serve(greet))
    assert found is not None
    assert (found.segment, found.answered, found.plain_stalled) == (1000, answered, plain_stalled)
    assert found.unacknowledged in (0, None)
    assert found.out_of_order in (0, None)


def test_without_connections_nothing_has_stalled(closed_port: int) -> None:
    assert _compare(closed_port) == ClampTest(1000, False, False)


def test_cancel(closed_port: int) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(CancelledError):
        _compare(closed_port, cancel)


def test_a_knock_asks_for_small_segments(serve: Serve) -> None:
    port = serve(lambda connection: connection.sendall(str(_segment(connection)).encode()))
    attempt = tcp.knock("127.0.0.1", port, timeout_s=5, listen_s=5, segment=600)
    assert attempt.outcome is Outcome.CONNECTED
    assert int(attempt.first_bytes or b"0") <= 600


_QUIET = Exchange(Nudge.HTTP)
_OK = Exchange(Nudge.HTTP, b"HTTP/1.1 200 OK\r\n\r\n", 19, http=HttpAnswer(200))


@pytest.mark.parametrize(
    ("exchanges", "nudge"),
    [
        ((), None),
        ((_OK,), None),
        ((_QUIET,), Nudge.HTTP),
        ((_QUIET, Exchange(Nudge.TLS)), Nudge.HTTP),
        ((_OK, Exchange(Nudge.TLS)), Nudge.TLS),
        ((Exchange(Nudge.HTTP, closed_by=Closing.FIN),), None),
        ((Exchange(Nudge.REDIS),), None),
        ((Exchange(Nudge.TLS, received=1200, tls=TlsAnswer()),), Nudge.TLS),
        ((Exchange(Nudge.TLS, received=1200, tls=TlsAnswer(version="TLSv1.3")),), None),
        ((Exchange(Nudge.TLS, received=7, tls=TlsAnswer(alert=0)),), None),
        ((Exchange(Nudge.TLS, received=90, tls=TlsAnswer(error="WRONG_VERSION_NUMBER")),), None),
        ((Exchange(Nudge.TLS, b"SSH-2.0-x", 9),), None),
    ],
)
def test_what_stalled(exchanges: tuple[Exchange, ...], nudge: Nudge | None) -> None:
    assert mtu.stalled(exchanges) is nudge
