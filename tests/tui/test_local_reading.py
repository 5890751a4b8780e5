from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.strip import Strip

from portview.sockets.records import Hidden, LocalSocket, Snapshot
from portview.tui.panes.local import LocalPane
from portview.tui.services import Services
from portview.tui.settings import Settings
from portview.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]


def ports(stage: Stage) -> list[int]:
    return [shown.socket.port for shown in stage.pane.rows.items]


class Changing:
    """A machine whose sockets change when a test says so; counts how often it was read."""

    def __init__(self, *sockets: LocalSocket) -> None:
        self.sockets = sockets
        self.read = 0

    def __call__(self, everything: bool) -> Snapshot:
        self.read += 1
        return Snapshot(self.sockets, Hidden(), "proc")


def test_r_reads_again_and_the_selection_stays_on_its_socket(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket]
) -> None:
    machine = Changing(socket_like(22, "sshd"), socket_like(80, "nginx"))

    async def story(stage: Stage) -> None:
        await stage.press("j")
        machine.sockets = (socket_like(21, "ftpd"), *machine.sockets, socket_like(443, "nginx"))
        await stage.press("r")
        await stage.until(lambda: ports(stage) == [21, 22, 80, 443])
        assert stage.selected.socket.port == 80
        assert stage.page.title.startswith("80/tcp")

    play(story, replace(prepared, snapshot=machine))


def test_space_stops_reading_and_starts_it_again(play: Play, prepared: Services) -> None:
    machine = Changing()

    async def story(stage: Stage) -> None:
        pane = stage.pane
        assert isinstance(pane, LocalPane)
        await stage.until(lambda: machine.read)
        await stage.until(lambda: pane.snapshot is not None)
        await stage.press("space")
        assert "paused" in stage.text
        read = machine.read
        pane._tick()
        await stage.pilot.pause(0.1)
        assert machine.read == read
        await stage.press("space")
        assert "paused" not in stage.text
        pane._tick()
        await stage.until(lambda: machine.read > read)

    play(story, replace(prepared, snapshot=machine), wait=False)


def test_the_sockets_are_read_as_often_as_the_settings_say(play: Play, prepared: Services) -> None:
    machine = Changing()

    async def story(stage: Stage) -> None:
        await stage.until(lambda: machine.read > 10)  # by default it would be read four times until then

    services = replace(prepared, snapshot=machine, settings=Settings(refresh_s=0.02))
    play(story, services, wait=False)


def test_the_first_picture_does_not_wait_for_the_sockets(play: Play, prepared: Services) -> None:
    may_go_on = threading.Event()

    def slow(everything: bool) -> Snapshot:
        may_go_on.wait(30)
        return prepared.snapshot(everything)

    async def story(stage: Stage) -> None:
        try:
            assert "reading the sockets" in stage.text
            assert "q quit" in stage.footer
        finally:
            may_go_on.set()
        await stage.until(lambda: stage.pane.rows.items)

    play(story, replace(prepared, snapshot=slow), wait=False)


def test_a_failed_reading_is_shown_and_the_next_one_tried(play: Play, prepared: Services) -> None:
    fails = True

    def reading(everything: bool) -> Snapshot:
        if fails:
            raise RuntimeError("the [/x] table is gone")
        return prepared.snapshot(everything)

    async def story(stage: Stage) -> None:
        nonlocal fails
        await stage.until(lambda: "RuntimeError: the [/x] table is gone" in stage.text)
        assert "could not be read" in stage.text
        fails = False
        await stage.press("r")
        await stage.until(lambda: stage.pane.rows.items)

    play(story, replace(prepared, snapshot=reading), wait=False)


def test_the_real_machine_is_read_and_found_by_its_port(play: Play, prepared: Services) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        async def story(stage: Stage) -> None:
            await stage.press("slash")
            await stage.type(f":{port}")
            await stage.press("enter")
            await stage.until(lambda: ports(stage) == [port])
            assert "loopback" in stage.text

        play(story, replace(prepared, snapshot=Services().snapshot))


def test_a_reading_that_brings_nothing_new_draws_nothing(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Changing(*(socket_like(port, "sshd") for port in range(1, 9)))
    drawn: list[int] = []
    draw = Rows.render_line

    def counted(rows: Rows[LocalSocket], y: int) -> Strip:
        drawn.append(y)
        return draw(rows, y)

    monkeypatch.setattr(Rows, "render_line", counted)

    async def story(stage: Stage) -> None:
        assert drawn
        pane = stage.pane
        assert isinstance(pane, LocalPane)
        before = pane.snapshot
        drawn.clear()
        await stage.press("r")
        await stage.until(lambda: pane.snapshot is not before)
        assert drawn == []
        machine.sockets = (*machine.sockets[:-1], replace(machine.sockets[-1], user="alice", service="new"))
        await stage.press("r")
        await stage.until(lambda: drawn)
        assert drawn == [8]

    play(story, replace(prepared, snapshot=machine))


def test_new_and_gone_sockets_are_told_and_forgotten_after_a_while(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket]
) -> None:
    machine = Changing(socket_like(22, "sshd"), socket_like(80, "nginx", service="http"))
    time = 0.0

    async def story(stage: Stage) -> None:
        nonlocal time
        await stage.press("j")
        machine.sockets = (machine.sockets[0], socket_like(443, "nginx", service="https"))
        await stage.press("r")
        await stage.until(lambda: ports(stage) == [22, 80, 443])
        assert "1 new · 1 gone" in stage.text
        assert "gone http" in stage.text
        assert "new https" in stage.text
        assert "just gone" in stage.page.text()
        assert "x stop" not in stage.footer
        await stage.press("k")
        assert "x stop" in stage.footer
        time = 7.0
        await stage.press("r")
        await stage.until(lambda: ports(stage) == [22, 443])
        assert "new" not in stage.text

    play(story, replace(prepared, snapshot=machine, clock=lambda: time))


def test_a_restart_keeps_the_selection(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket]
) -> None:
    ssh, web = socket_like(22, "sshd"), socket_like(80, "nginx", service="http")
    machine = Changing(ssh, web, socket_like(443, "other"))

    async def story(stage: Stage) -> None:
        await stage.press("j")
        machine.sockets = (ssh, replace(web, inode=7), machine.sockets[2])
        await stage.press("r")
        await stage.until(lambda: "again http" in stage.text)
        assert stage.selected.socket.inode == 7
        assert "restarted just now" in stage.page.text()

    play(story, replace(prepared, snapshot=machine))
