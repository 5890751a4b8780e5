"""Which end knocked, told by real connections and by sockets made by hand."""

import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from portview.sockets.assemble import local_socket
from portview.sockets.connections import Direction, Directions, state_counts
from portview.sockets.entry import Entry
from portview.sockets.records import LocalSocket
from portview.sockets.source import best_source
from portview.vocabulary import Family, Protocol


def test_both_ends_of_a_real_connection(bound: Callable[..., socket.socket]) -> None:
    here = bound("127.0.0.1")
    port = here.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)) as client, here.accept()[0]:
        sockets = best_source().snapshot(everything=True).sockets
        directions = Directions(sockets)
        inner = client.getsockname()[1]
        ends = {(one.port, one.remote_port): one for one in sockets}
        assert directions.of(ends[port, inner]) is Direction.IN
        assert directions.of(ends[inner, port]) is Direction.OUT
        assert directions.of(ends[port, None]) is None
        assert directions.listener_of(ends[port, inner]) == ends[port, None]
        assert directions.listener_of(ends[inner, port]) is None


def one(address: str, port: int, remote: int | None = None, ephemeral: bool | None = None) -> LocalSocket:
    family = Family.IPV6 if ":" in address else Family.IPV4
    state = "ESTABLISHED" if remote else "LISTEN"
    peer = "192.0.2.9" if remote else None
    made = local_socket(Entry(Protocol.TCP, family, address, port, peer, remote, state), None)
    return replace(made, ephemeral=ephemeral)


@pytest.mark.parametrize(
    ("listener", "connection", "accepted"),
    [
        (one("0.0.0.0", 80), one("192.0.2.1", 80, 5000), True),
        (one("192.0.2.1", 80), one("192.0.2.1", 80, 5000), True),
        (one("192.0.2.2", 80), one("192.0.2.1", 80, 5000), False),
        (one("::", 80), one("::ffff:192.0.2.1", 80, 5000), True),
        (one("::", 80), one("2001:db8::1", 80, 5000), True),
        (replace(one("::", 80), v6only=True), one("::ffff:192.0.2.1", 80, 5000), False),
        (one("0.0.0.0", 80), one("2001:db8::1", 80, 5000), False),
        (one("::ffff:0.0.0.0", 80), one("::ffff:192.0.2.1", 80, 5000), True),
        (one("::ffff:0.0.0.0", 80), one("2001:db8::1", 80, 5000), False),
        (one("0.0.0.0", 80), one("::ffff:192.0.2.1", 80, 5000), False),
        (one("0.0.0.0", 81), one("192.0.2.1", 80, 5000), False),
    ],
)
def test_who_accepted(listener: LocalSocket, connection: LocalSocket, accepted: bool) -> None:
    assert (Directions([listener, connection]).listener_of(connection) == listener) == accepted


def test_the_listener_at_the_very_address_comes_first() -> None:
    wide, narrow = one("0.0.0.0", 80), one("192.0.2.1", 80)
    assert Directions([wide, narrow]).listener_of(one("192.0.2.1", 80, 5000)) == narrow


@pytest.mark.parametrize(
    ("ephemeral", "state", "direction"),
    [
        (True, "ESTABLISHED", Direction.OUT),
        (None, "ESTABLISHED", Direction.OUT),
        (False, "ESTABLISHED", Direction.IN),
        (False, "SYN_SENT", Direction.OUT),
    ],
)
def test_without_its_listener_the_port_tells(
    ephemeral: bool | None, state: str, direction: Direction
) -> None:
    alone = replace(one("192.0.2.1", 8080, 5000, ephemeral), state=state)
    assert Directions([alone]).of(alone) is direction


def test_states_are_counted_the_most_frequent_first() -> None:
    sockets = [one("0.0.0.0", 1), one("192.0.2.1", 2, 5), one("192.0.2.1", 3, 5)]
    assert list(state_counts(sockets).items()) == [("ESTABLISHED", 2), ("LISTEN", 1)]
