"""The bytes that the kernel puts into a socket's error queue."""

import errno
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.probe.errqueue import QueuedError, decode, enable, read

_ICMP, _ICMP6, _LOCAL = 2, 3, 1


def _entry(code: int, origin: int, kind: int, icmp_code: int, sender: bytes) -> bytes:
    return struct.pack("=IBBBBII", code, origin, kind, icmp_code, 0, 0, 0) + sender


def _ipv4(address: str) -> bytes:
    return struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))


def _ipv6(address: str) -> bytes:
    return struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, address), 0)


@pytest.mark.parametrize(
    ("data", "queued"),
    [
        (
            _entry(errno.ECONNREFUSED, _ICMP, 3, 3, _ipv4("192.0.2.7")),
            QueuedError(errno.ECONNREFUSED, True, 3, 3, "192.0.2.7", 80),
        ),
        (
            _entry(errno.EACCES, _ICMP6, 1, 1, _ipv6("2001:db8::1")),
            QueuedError(errno.EACCES, True, 1, 1, "2001:db8::1", 80),
        ),
        (
            _entry(errno.EHOSTUNREACH, _ICMP6, 3, 1, _ipv6("::ffff:192.0.2.7")),
            QueuedError(errno.EHOSTUNREACH, True, 3, 1, "192.0.2.7", 80),
        ),
        (
            _entry(errno.EMSGSIZE, _LOCAL, 0, 0, struct.pack("=H14x", socket.AF_UNSPEC)),
            QueuedError(errno.EMSGSIZE, False, 0, 0, None, 80),
        ),
        (
            _entry(errno.ECONNREFUSED, _ICMP, 3, 3, b""),
            QueuedError(errno.ECONNREFUSED, True, 3, 3, None, 80),
        ),
        (
            _entry(errno.ECONNREFUSED, _ICMP, 3, 3, _ipv4("192.0.2.7")[:6]),
            QueuedError(errno.ECONNREFUSED, True, 3, 3, None, 80),
        ),
        (
            _entry(errno.ECONNREFUSED, _ICMP6, 1, 4, _ipv6("2001:db8::1")[:20]),
            QueuedError(errno.ECONNREFUSED, True, 1, 4, None, 80),
        ),
        (b"", None),
        (_entry(errno.ECONNREFUSED, _ICMP, 3, 3, b"")[:-1], None),
    ],
)
def test_decode(data: bytes, queued: QueuedError | None) -> None:
    assert decode(data, 80) == queued


@given(st.binary(max_size=64))
def test_decode_takes_any_bytes(data: bytes) -> None:
    queued = decode(data)
    assert (queued is None) == (len(data) < 16)


@pytest.mark.parametrize(
    ("family", "address", "icmp"),
    [(socket.AF_INET, "127.0.0.1", (3, 3)), (socket.AF_INET6, "::1", (1, 4))],
)
def test_closed_udp_port_leaves_one_entry(
    family: socket.AddressFamily, address: str, icmp: tuple[int, int]
) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as closed:
        closed.bind((address, 0))
        port = closed.getsockname()[1]
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        enable(sock)
        assert read(sock) is None
        sock.connect((address, port))
        sock.send(b"x")
        assert read(sock) == QueuedError(errno.ECONNREFUSED, True, *icmp, address, port)
        assert read(sock) is None
