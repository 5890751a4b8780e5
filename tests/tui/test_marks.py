"""What is marked as new, gone or restarted, and for how long; selection is by the key."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from portview.sockets.records import LocalSocket, Owner
from portview.tui.panes.marks import KEPT_S, Mark, Marks, Shown

Make = Callable[..., LocalSocket]


def marks(shown: list[Shown]) -> dict[int, Mark]:
    return {one.socket.port: one.mark for one in shown}


def watched(*readings: tuple[LocalSocket, ...], after: float = 2.0, everything: bool = False) -> list[Shown]:
    watch, shown = Marks(), []
    for number, sockets in enumerate(readings):
        shown = watch.see(sockets, number * after, everything=everything)
    return shown


def test_the_first_reading_has_nothing_new(socket_like: Make) -> None:
    assert marks(watched((socket_like(22, "sshd"),))) == {22: Mark.NONE}


def test_new_ones_are_marked_and_gone_ones_stay(socket_like: Make) -> None:
    ssh, web, new = socket_like(22, "sshd"), socket_like(80, "nginx"), socket_like(443, "nginx")
    assert marks(watched((ssh, web), (ssh, new))) == {22: Mark.NONE, 443: Mark.NEW, 80: Mark.GONE}


def test_both_are_forgotten_after_a_while(socket_like: Make) -> None:
    ssh, web, new = socket_like(22, "sshd"), socket_like(80, "nginx"), socket_like(443, "nginx")
    readings = ((ssh, web), (ssh, new), (ssh, new))
    assert marks(watched(*readings, after=KEPT_S)) == {22: Mark.NONE, 443: Mark.NONE}


def test_a_restart_is_neither_and_keeps_the_key(socket_like: Make) -> None:
    before = socket_like(80, "nginx")
    after = replace(before, inode=7, owners=(Owner(99, "nginx"),))
    last = replace(before, inode=8, owners=(Owner(100, "nginx"),))
    for readings in (((before,), (after,)), ((before,), (after,), (last,))):
        [shown] = watched(*readings)
        assert (shown.mark, shown.key) == (Mark.REPLACED, before.identity)


def test_one_that_comes_back_is_not_shown_twice(socket_like: Make) -> None:
    web = socket_like(80, "nginx")
    [shown] = watched((web,), (), (web,))
    assert shown.socket == web


def test_other_kinds_of_readings_are_not_compared(socket_like: Make) -> None:
    watch = Marks()
    watch.see((socket_like(22, "sshd"),), 0.0, everything=False)
    assert marks(watch.see((socket_like(80, "nginx"),), 2.0, everything=True)) == {80: Mark.NONE}


def test_a_connection_that_ends_is_the_same_row(socket_like: Make) -> None:
    open_ = replace(socket_like(22, "sshd"), state="ESTABLISHED", remote_address="192.0.2.9", remote_port=5)
    over = replace(open_, state="TIME_WAIT", inode=None, owners=())
    [shown] = watched((open_,), (over,), everything=True)
    assert (shown.socket, shown.mark) == (over, Mark.NONE)


@pytest.mark.parametrize("again", [True, False])
def test_a_steady_reading_costs_nothing(socket_like: Make, again: bool) -> None:
    watch, sockets = Marks(), (socket_like(22, "sshd"),)
    first = watch.see(sockets, 0.0, everything=False)
    second = watch.see(sockets if again else (socket_like(80, "x"),), 2.0, everything=False)
    assert (first is second) == again
