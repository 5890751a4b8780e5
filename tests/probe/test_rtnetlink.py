"""The kernel's answers to questions about routes and neighbours: how they are read."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.probe.rtnetlink import Neighbour, State, attributes, decode_neighbour

FAILED, STALE = State.FAILED, State.STALE
LLADDR, DST = 2, 1


def message(family: int, state: int, *attributes: tuple[int, bytes]) -> bytes:
    body = struct.pack("=BBHiHBB", family, 0, 0, 7, state, 0, 1)
    for kind, value in attributes:
        padding = b"\0" * (-len(value) % 4)
        body += struct.pack("=HH", 4 + len(value), kind) + value + padding
    return body


V4, V6, LOCAL = (
    socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    for address in ("192.0.2.7", "2001:db8::7", "fe80::7")
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (message(socket.AF_INET, FAILED, (DST, V4)), (("192.0.2.7", 0), FAILED)),
        (message(socket.AF_INET6, STALE, (LLADDR, b"123456"), (DST, V6)), (("2001:db8::7", 0), STALE)),
        (message(socket.AF_INET6, FAILED, (DST, LOCAL)), (("fe80::7", 7), FAILED)),
        (message(socket.AF_INET, FAILED), None),
        (message(socket.AF_INET, FAILED, (DST, V6)), None),
        (message(7, FAILED, (DST, V4)), None),
        (message(socket.AF_INET, FAILED) + struct.pack("=HH", 0, DST), None),
        (b"", None),
    ],
)
def test_decode_neighbour(body: bytes, expected: tuple[Neighbour, int] | None) -> None:
    assert decode_neighbour(body) == expected


@given(st.binary(max_size=80))
def test_no_bytes_are_too_strange(body: bytes) -> None:
    decode_neighbour(body)
    attributes(body)
