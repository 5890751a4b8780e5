"""A name server's silence and its errors. Whole lookups are tried in the lab."""

import socket
import threading
import time

import pytest

from portview.probe import dns_query
from portview.probe.records import NameFailure
from portview.vocabulary import Family


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    """A socket in a name server's place, which says nothing."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    monkeypatch.setattr(dns_query, "_PORT", server.getsockname()[1])
    return server


def _knock(seconds: float) -> tuple[NameFailure | None, str | None]:
    _, failure, detail = dns_query._knock(
        "127.0.0.1", "nas.example", Family.IPV4, time.monotonic() + seconds, None
    )
    return failure, detail


def test_silence(name_server: socket.socket) -> None:
    with name_server:
        assert _knock(0.2) == (NameFailure.TIMEOUT, None)
        assert name_server.recv(512)


def test_an_error_that_comes_to_a_later_question(name_server: socket.socket) -> None:
    """The first question is lost; from the second on nobody is there."""

    def vanish() -> None:
        name_server.recv(512)
        name_server.close()

    threading.Thread(target=vanish, daemon=True).start()
    assert _knock(5.0) == (NameFailure.SERVER_UNREACHABLE, "127.0.0.1: ECONNREFUSED")


def test_an_answer_is_left_to_the_resolver(name_server: socket.socket) -> None:
    def answer() -> None:
        _, peer = name_server.recvfrom(512)
        name_server.sendto(b"anything", peer)

    threading.Thread(target=answer, daemon=True).start()
    with name_server:
        assert _knock(5.0) == (None, None)
