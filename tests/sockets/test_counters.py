"""Counters and drops, from a kernel that has just dropped something."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress

from portview.sockets.counters import UdpDrops, counters
from portview.sockets.machine import Counters, Drops

Bound = Callable[..., socket.socket]


def flood(deaf: socket.socket) -> int:
    """Send more than its buffer holds; how many were dropped for it so far."""
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    with socket.socket(deaf.family, socket.SOCK_DGRAM) as sender:
        for _ in range(50):
            sender.sendto(bytes(1000), deaf.getsockname())
    kept = 0
    deaf.setblocking(False)
    with suppress(BlockingIOError):
        while deaf.recv(1):
            kept += 1
    return 50 - kept


def test_a_new_network_has_counted_nothing(own_network: None) -> None:
    assert counters() == Counters(0, 0)
    assert UdpDrops().read(0) == {}


def test_what_was_dropped_before_and_since(own_network: None, bound: Bound) -> None:
    over_ipv4, over_ipv6, quiet = (bound(address, udp=True) for address in ("127.0.0.1", "::1", "127.0.0.1"))
    four, six = (os.fstat(one.fileno()).st_ino for one in (over_ipv4, over_ipv6))
    assert quiet
    drops, before = UdpDrops(), flood(over_ipv4)
    assert 0 < before < 50
    assert counters().udp_overflows == before
    assert drops.read(before) == {four: Drops(before, 0)}
    since = flood(over_ipv6)
    assert counters().udp_overflows == before + since
    assert drops.read(before + since) == {four: Drops(before, 0), six: Drops(since, since)}


def test_where_nothing_was_dropped_at_first_everything_is_since(own_network: None, bound: Bound) -> None:
    drops = UdpDrops()
    assert drops.read(0) == {}
    deaf = bound("127.0.0.1", udp=True)
    since = flood(deaf)
    assert drops.read(since) == {os.fstat(deaf.fileno()).st_ino: Drops(since, since)}
