"""What came, what went and what was restarted: records of every kind, and programs that really do so."""

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.sockets.changes import NONE, Changes, Replaced, changes
from portview.sockets.records import LocalSocket, Owner, PortKind, Reach
from portview.sockets.source import best_source
from portview.vocabulary import Family, Protocol

Forked = Callable[..., tuple[int, object]]

NGINX = LocalSocket(
    Protocol.TCP,
    Family.IPV4,
    "0.0.0.0",
    443,
    "LISTEN",
    Reach.NETWORK,
    PortKind.SYSTEM,
    uid=0,
    owners=(Owner(10, "nginx"),),
    inode=100,
)
RESTARTED = replace(NGINX, owners=(Owner(11, "nginx"),), inode=101)
CLIENT = replace(NGINX, state="ESTABLISHED", remote_address="192.0.2.1", remote_port=5000, inode=200)
HIDDEN = replace(NGINX, owners=(), owner_hidden=True)


def test_nothing_is_different() -> None:
    assert changes([NGINX, CLIENT], [NGINX, CLIENT]) == NONE


def test_new_and_gone() -> None:
    assert changes([NGINX], [CLIENT]) == Changes(new=(CLIENT,), gone=(NGINX,))


def test_a_change_of_state_or_owner_is_neither() -> None:
    assert changes([CLIENT], [replace(CLIENT, state="FIN_WAIT1", owners=())]) == NONE


def test_a_restart_is_not_close_and_open() -> None:
    assert changes([NGINX], [RESTARTED]) == Changes(replaced=(Replaced(NGINX, RESTARTED),))


@pytest.mark.parametrize(
    "other",
    [
        {"port": 444},
        {"address": "127.0.0.1"},
        {"protocol": Protocol.UDP, "state": "UNCONN"},
        {"family": Family.IPV6, "address": "::"},
        {"owners": (Owner(11, "caddy"),)},
        {"owners": (), "owner_hidden": True},
    ],
)
def test_another_place_or_program_is_no_restart(other: dict[str, Any]) -> None:
    came = replace(RESTARTED, **other)
    assert changes([NGINX], [came]) == Changes(new=(came,), gone=(NGINX,))


def test_hidden_owners_are_compared_by_their_user() -> None:
    again = replace(HIDDEN, inode=101)
    assert changes([HIDDEN], [again]).replaced == (Replaced(HIDDEN, again),)
    other = replace(HIDDEN, inode=101, uid=33)
    assert changes([HIDDEN], [other]) == Changes(new=(other,), gone=(HIDDEN,))


def test_a_connection_is_never_replaced() -> None:
    again = replace(CLIENT, inode=201)
    assert changes([CLIENT], [again]) == Changes(new=(again,), gone=(CLIENT,))


def test_one_of_several_workers_at_a_port() -> None:
    second = replace(NGINX, inode=102)
    assert changes([NGINX, second], [second, RESTARTED]).replaced == (Replaced(NGINX, RESTARTED),)
    fewer = changes([NGINX, second], [RESTARTED])
    assert fewer == Changes(gone=(second,), replaced=(Replaced(NGINX, RESTARTED),))


SOCKETS = st.builds(
    lambda port, inode, name, peer: replace(
        NGINX,
        port=port,
        inode=inode,
        owners=(Owner(inode, name),) if name else (),
        state="ESTABLISHED" if peer else "LISTEN",
        remote_address="192.0.2.1" if peer else None,
        remote_port=peer,
    ),
    st.integers(1, 3),
    st.integers(1, 9),
    st.sampled_from(["nginx", "caddy", None]),
    st.sampled_from([None, 5000]),
)
LISTS = st.lists(SOCKETS, max_size=8, unique_by=lambda one: one.identity)


@given(LISTS, LISTS)
def test_every_difference_is_told_once(before: list[LocalSocket], after: list[LocalSocket]) -> None:
    told = changes(before, after)
    came = [*told.new, *(pair.after for pair in told.replaced)]
    went = [*told.gone, *(pair.before for pair in told.replaced)]
    old, new = {each.identity for each in before}, {each.identity for each in after}
    assert {each.identity for each in came} == new - old
    assert {each.identity for each in went} == old - new
    assert len(came) == len(new - old)
    assert len(went) == len(old - new)


@given(LISTS, LISTS)
def test_back_again_is_the_mirror_image(before: list[LocalSocket], after: list[LocalSocket]) -> None:
    there, back = changes(before, after), changes(after, before)
    assert len(there.replaced) == len(back.replaced)
    assert len(there.new) == len(back.gone)
    assert len(there.gone) == len(back.new)


def test_a_program_that_is_restarted(forked: Forked) -> None:
    kept: list[socket.socket] = []

    def listen(port: int) -> int:
        kept.append(opened := socket.create_server(("127.0.0.1", port)))
        number: int = opened.getsockname()[1]
        return number

    source = best_source()
    first, port = forked(lambda: listen(0))
    assert isinstance(port, int)
    before = [each for each in source.snapshot().sockets if each.port == port]
    os.kill(first, 9)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    between = [each for each in source.snapshot().sockets if each.port == port]
    assert changes(before, between) == Changes(gone=tuple(before))
    second, _ = forked(lambda: listen(port))
    after = [each for each in source.snapshot().sockets if each.port == port]
    (pair,) = changes(before, after).replaced
    assert ([o.pid for o in pair.before.owners], [o.pid for o in pair.after.owners]) == ([first], [second])
