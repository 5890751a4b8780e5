"""Single messages of sock_diag, made by hand from include/uapi/linux/inet_diag.h."""

import socket
import struct
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.sockets.entry import Entry
from portview.sockets.netlink.inet_diag import body, parse, stable_part
from portview.sockets.records import Queue
from portview.vocabulary import Family, Protocol

TCP, UDP = Protocol.TCP, Protocol.UDP
LISTEN, ESTABLISHED, TIME_WAIT, CLOSE = 10, 1, 6, 7
LOOPBACK = socket.if_nametoindex("lo")
NEVER = 2**31 - 1


def attribute(kind: int, value: bytes) -> bytes:
    whole = struct.pack("=HH", 4 + len(value), kind) + value
    return whole + bytes(-len(whole) % 4)


SHUTDOWN, V6ONLY, CGROUP = attribute(8, b"\0"), attribute(11, b"\1"), attribute(21, struct.pack("=Q", 2))


def message(
    local: tuple[str, int],
    remote: tuple[str, int] | None = None,
    *,
    state: int = LISTEN,
    timer: int = 0,
    expires: int = 0,
    waiting: int = 0,
    limit: int = 0,
    uid: int = 0,
    inode: int = 7,
    index: int = 0,
    cookie: int = 1,
    attributes: bytes = b"",
) -> bytes:
    address = ip_address(local[0])
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    peer = ip_address(remote[0]).packed if remote else b""
    ends = struct.pack(">HH16s16s", local[1], remote[1] if remote else 0, address.packed, peer)
    return (
        struct.pack("=BBBB", family, state, timer, 0)
        + ends
        + struct.pack("=IQIIIII", index, cookie, expires, waiting, limit, uid, inode)
        + attributes
    )


def parsed(data: bytes, protocol: Protocol = TCP) -> Entry | None:
    return parse(data, protocol)


@pytest.mark.parametrize(
    ("data", "protocol", "expected"),
    [
        (
            message(("127.0.0.1", 22), waiting=3, limit=128, uid=1000, inode=1588),
            TCP,
            Entry(TCP, Family.IPV4, "127.0.0.1", 22, None, None, "LISTEN", 1000, 1588, Queue(3, 128)),
        ),
        (
            message(("10.0.0.5", 50000), ("8.8.8.8", 443), state=ESTABLISHED, waiting=16, limit=32),
            TCP,
            Entry(TCP, Family.IPV4, "10.0.0.5", 50000, "8.8.8.8", 443, "ESTABLISHED", 0, 7),
        ),
        (
            message(("127.0.0.1", 80), ("127.0.0.1", 50000), state=TIME_WAIT, uid=0, inode=0),
            TCP,
            Entry(TCP, Family.IPV4, "127.0.0.1", 80, "127.0.0.1", 50000, "TIME_WAIT", None, None),
        ),
        (
            message(("::ffff:127.0.0.1", 443), ("::ffff:127.0.0.1", 1), state=ESTABLISHED),
            TCP,
            Entry(TCP, Family.IPV6, "::ffff:127.0.0.1", 443, "::ffff:127.0.0.1", 1, "ESTABLISHED", 0, 7),
        ),
        (
            message(("fe80::1", 546), state=CLOSE, index=LOOPBACK, uid=2**32 - 2, inode=2**32 - 1),
            UDP,
            Entry(
                UDP, Family.IPV6, "fe80::1", 546, None, None, "UNCONN", 2**32 - 2, 2**32 - 1, interface="lo"
            ),
        ),
        (
            message(("127.0.0.1", 50000), ("127.0.0.1", 0), state=ESTABLISHED),
            UDP,
            Entry(UDP, Family.IPV4, "127.0.0.1", 50000, "127.0.0.1", 0, "ESTABLISHED", 0, 7),
        ),
        (
            message(("10.0.0.5", 8080), state=CLOSE),
            TCP,
            Entry(TCP, Family.IPV4, "10.0.0.5", 8080, None, None, "BOUND", 0, 7),
        ),
        (
            message(("::", 80), attributes=SHUTDOWN + V6ONLY + CGROUP),
            TCP,
            Entry(
                TCP, Family.IPV6, "::", 80, None, None, "LISTEN", 0, 7, Queue(0, 0), v6only=True, cgroup_id=2
            ),
        ),
        (
            message(("::", 80), attributes=attribute(11, b"\0")),
            TCP,
            Entry(TCP, Family.IPV6, "::", 80, None, None, "LISTEN", 0, 7, Queue(0, 0), v6only=False),
        ),
    ],
)
def test_one_socket(data: bytes, protocol: Protocol, expected: Entry) -> None:
    assert parsed(data, protocol) == expected


def test_an_interface_that_has_vanished_has_no_name() -> None:
    entry = parsed(message(("fe80::1", 22), index=NEVER))
    assert entry is not None
    assert entry.interface is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        message(("127.0.0.1", 22))[:71],
        b"\1" + message(("127.0.0.1", 22))[1:],
        message(("127.0.0.1", 22), state=0),
        message(("127.0.0.1", 22), state=99),
    ],
)
def test_what_is_no_socket_of_ours_is_passed_over(data: bytes) -> None:
    assert parsed(data) is None


@given(st.binary(max_size=160))
def test_no_bytes_are_fatal(data: bytes) -> None:
    for protocol in Protocol:
        entry = parsed(data, protocol)
        assert entry is None or 0 <= entry.port <= 65535


@given(st.binary(max_size=60))
def test_no_attributes_are_fatal(attributes: bytes) -> None:
    entry = parsed(message(("::", 80), attributes=attributes))
    assert entry is not None
    assert entry.port == 80


@given(st.ip_addresses(), st.integers(0, 65535), st.integers(0, 2**32 - 1), st.integers(1, 2**32 - 1))
def test_addresses_ports_uids_and_inodes_survive(address: object, port: int, uid: int, inode: int) -> None:
    entry = parsed(message((str(address), port), uid=uid, inode=inode))
    assert entry is not None
    assert ip_address(entry.address) == address
    assert (entry.port, entry.uid, entry.inode) == (port, uid, inode)


def key(**how: Any) -> bytes:
    return stable_part(message(("127.0.0.1", 22), ("127.0.0.1", 23), **how))


def test_timers_and_the_buffers_of_a_connection_do_not_make_it_another() -> None:
    connection = key(state=ESTABLISHED)
    assert key(state=ESTABLISHED, timer=2, expires=999, waiting=5, limit=6) == connection


@pytest.mark.parametrize(
    "change", [{"state": TIME_WAIT}, {"cookie": 2}, {"uid": 1}, {"inode": 0}, {"index": 1}]
)
def test_all_else_does(change: dict[str, int]) -> None:
    assert key(**{"state": ESTABLISHED, **change}) != key(state=ESTABLISHED)


@pytest.mark.parametrize("change", [{"waiting": 1}, {"limit": 1}])
def test_the_accept_queue_of_a_listener_counts(change: dict[str, int]) -> None:
    assert key(**change) != key()


def test_a_question_is_as_long_as_the_kernel_wants_it() -> None:
    assert body(TCP, socket.AF_INET, 1 << LISTEN) == struct.pack("=BBBBI48x", 2, 6, 0, 0, 0x400)
