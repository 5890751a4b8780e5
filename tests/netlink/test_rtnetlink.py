"""The kernel's answers to questions about addresses and neighbours: how they are read."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.netlink.messages import HEADER, attribute
from portview.netlink.rtnetlink import (
    Get,
    Neighbour,
    OwnAddress,
    State,
    ask,
    decode_address,
    decode_neighbour,
    own_addresses,
)

FAILED, STALE = State.FAILED, State.STALE
LLADDR, DST = 2, 1
ADDRESS, LOCAL_ADDRESS = 1, 2


def message(family: int, state: int, *attributes: tuple[int, bytes]) -> bytes:
    body = struct.pack("=BBHiHBB", family, 0, 0, 7, state, 0, 1)
    return body + b"".join(attribute(kind, value) for kind, value in attributes)


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


def own(family: int, prefix: int, *attributes: tuple[int, bytes]) -> bytes:
    body = struct.pack("=BBBBI", family, prefix, 0, 0, 7)
    return body + b"".join(attribute(kind, value) for kind, value in attributes)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (own(socket.AF_INET, 24, (ADDRESS, V4)), OwnAddress("192.0.2.7", 24, 7)),
        (own(socket.AF_INET6, 64, (ADDRESS, V6)), OwnAddress("2001:db8::7", 64, 7)),
        (own(socket.AF_INET, 32, (ADDRESS, b"\1" * 4), (LOCAL_ADDRESS, V4)), OwnAddress("192.0.2.7", 32, 7)),
        (own(socket.AF_INET, 24), None),
        (own(socket.AF_INET, 24, (ADDRESS, V6)), None),
        (own(7, 24, (ADDRESS, V4)), None),
        (b"", None),
    ],
)
def test_decode_address(body: bytes, expected: OwnAddress | None) -> None:
    assert decode_address(body) == expected


@given(st.binary(max_size=80))
def test_no_bytes_are_too_strange(body: bytes) -> None:
    decode_neighbour(body)
    decode_address(body)


def test_this_machines_own_addresses() -> None:
    loopback = OwnAddress("127.0.0.1", 8, socket.if_nametoindex("lo"))
    assert loopback in set(own_addresses())
    assert loopback in set(own_addresses(socket.AF_INET))
    assert loopback not in set(own_addresses(socket.AF_INET6))


def test_a_question_that_the_kernel_refuses_has_no_answer() -> None:
    assert list(ask(Get.ROUTE, b"")) == []


@pytest.mark.parametrize(("interrupted", "told"), [(0, [V4]), (1, [V6]), (3, [V6]), (4, [V4])])
def test_a_table_that_changes_under_a_dump_is_dumped_again(
    interrupted: int, told: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the end what came last is better than nothing."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    monkeypatch.setattr("portview.netlink.rtnetlink.open_socket", lambda _: ours)
    with theirs:
        for flags in [0x12] * interrupted + [2]:
            payload = V6 if interrupted and flags == 2 else V4
            for kind, body in ((20, payload), (3, bytes(4))):
                theirs.send(HEADER.pack(HEADER.size + len(body), kind, flags, 1, 0) + body)
        assert list(ask(Get.ADDRESS, b"", dump=True)) == told
