"""Who holds an inode."""

import os
import socket
from collections.abc import Callable

from portview.sockets.holders import find_holders

Bound = Callable[..., socket.socket]
Forked = Callable[..., tuple[int, object]]


def test_only_what_was_asked_for_is_found(bound: Bound, forked: Forked) -> None:
    wanted, other = bound("127.0.0.1"), bound("127.0.0.1")
    child, _ = forked(lambda: None, inherit=True)
    inode = os.fstat(wanted.fileno()).st_ino
    assert inode != os.fstat(other.fileno()).st_ino
    assert find_holders({inode}).pids == {inode: sorted([os.getpid(), child])}


def test_an_inode_that_nobody_holds_is_not_there() -> None:
    assert find_holders({2**40}).pids == {}


def test_an_ordinary_user_is_denied_and_goes_on(root: None, bound: Bound, forked: Forked) -> None:
    inode = os.fstat(bound("127.0.0.1").fileno()).st_ino

    def look() -> tuple[dict[int, list[int]], bool]:
        own = socket.create_server(("127.0.0.1", 0))
        mine = os.fstat(own.fileno()).st_ino
        holders = find_holders({inode, mine})
        return {key - mine: pids for key, pids in holders.pids.items()}, holders.denied

    pid, answer = forked(look, uid=65534)
    assert answer == ({0: [pid]}, True)
