"""One UDP knock at real sockets of loopback."""

import socket
import threading

import pytest

from portview.probe import udp
from portview.probe.records import IcmpError
from portview.probe.waiting import CancelledError
from portview.vocabulary import Family, Outcome, SenderClass


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
@pytest.mark.parametrize("reply", [b"pong", b"", b"x" * 4096])
def test_answered(family: socket.AddressFamily, address: str, reply: bytes) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        server.bind((address, 0))

        def answer() -> None:
            server.sendto(reply, server.recvfrom(64)[1])

        thread = threading.Thread(target=answer)
        thread.start()
        attempt = udp.knock(address, server.getsockname()[1], timeout_s=5)
        thread.join()
    assert attempt.outcome is Outcome.ANSWERED
    assert attempt.first_bytes == reply[:2048]
    assert (attempt.errno, attempt.icmp, attempt.answered_from) == (None, None, None)


@pytest.mark.parametrize(
    ("family", "address", "icmp"),
    [(socket.AF_INET, "127.0.0.1", (3, 3)), (socket.AF_INET6, "::1", (1, 4))],
)
def test_closed(family: socket.AddressFamily, address: str, icmp: tuple[int, int]) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        server.bind((address, 0))
        port = server.getsockname()[1]
    attempt = udp.knock(address, port, timeout_s=5)
    assert (attempt.outcome, attempt.errno, attempt.stage) == (Outcome.REFUSED, "ECONNREFUSED", "recv")
    assert attempt.icmp == IcmpError(*icmp, address, SenderClass.TARGET)
    assert attempt.family is (Family.IPV4 if family == socket.AF_INET else Family.IPV6)


def test_silence_is_asked_again_and_stays_without_an_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(1)
        attempt = udp.knock("127.0.0.1", server.getsockname()[1], timeout_s=1.2)
        assert server.recv(64) == server.recv(64) == b""
    assert (attempt.outcome, attempt.errno, attempt.first_bytes) == (Outcome.NO_ANSWER, None, None)


@pytest.mark.parametrize(
    ("family", "address", "elsewhere"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.2"),
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET6, "::1", "::1"),
    ],
)
def test_an_answer_from_elsewhere_is_heard_and_marked(
    family: socket.AddressFamily, address: str, elsewhere: str
) -> None:
    with (
        socket.socket(family, socket.SOCK_DGRAM) as server,
        socket.socket(family, socket.SOCK_DGRAM) as other,
    ):
        server.bind((address, 0))
        other.bind((elsewhere, 0))

        def answer() -> None:
            other.sendto(b"pong", server.recvfrom(64)[1])

        thread = threading.Thread(target=answer)
        thread.start()
        attempt = udp.knock(address, server.getsockname()[1], timeout_s=1.5)
        thread.join()
        assert attempt.answered_from == f"{elsewhere} {other.getsockname()[1]}"
    assert (attempt.outcome, attempt.first_bytes) == (Outcome.ANSWERED, b"pong")


def test_cancel() -> None:
    cancel = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        threading.Timer(0.1, cancel.set).start()
        with pytest.raises(CancelledError):
            udp.knock("127.0.0.1", server.getsockname()[1], timeout_s=3600, cancel=cancel)
