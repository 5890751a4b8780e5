from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.strip import Strip

from portview.probe.records import Target
from portview.sockets.records import Hidden, HiddenReason, LocalSocket, Owner, Snapshot
from portview.tui.panes.local import LocalPane
from portview.tui.services import Services
from portview.tui.settings import Settings
from portview.tui.views import Views
from portview.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from tests.tui.conftest import Stage

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


def test_the_list_shows_who_listens_where_and_the_panel_explains_the_selected_row(play: Play) -> None:
    async def story(stage: Stage) -> None:
        assert "12 listening, 8 reachable from the network" in stage.text
        assert "as alice: 1 owner hidden, sudo portview shows them" in stage.text
        await stage.press("j", "j", "j", "j")
        assert stage.page.title == "80/tcp  nginx"
        assert "▶    80  tcp" in stage.text
        assert "80/tcp  nginx" in stage.text

    play(story)


@pytest.mark.parametrize(
    ("hidden", "said"),
    [
        (Hidden(), "as alice  "),
        (Hidden(3, HiddenReason.DENIED), "as alice: 3 owners hidden (denied)"),
        (Hidden(None, HiddenReason.NO_PROCFS), "as alice: sockets hidden (no procfs)"),
    ],
)
def test_the_heading_says_what_is_hidden_and_why(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket], hidden: Hidden, said: str
) -> None:
    async def story(stage: Stage) -> None:
        assert said in stage.text.splitlines()[0]

    play(story, replace(prepared, snapshot=lambda _: Snapshot((socket_like(1, "a"),), hidden, "proc")))


def test_slash_filters_as_typed_enter_keeps_it_and_escape_shows_all_again(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("nginx")
        assert ports(stage) == [80, 443]
        await stage.press("enter")
        assert stage.pane.rows.has_focus
        assert ports(stage) == [80, 443]
        assert "2 matches" in stage.text
        await stage.press("escape")
        assert len(ports(stage)) == 12
        assert "match" not in stage.text

    play(story)


def test_a_filter_that_nothing_matches_says_how_to_go_back(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("qqq")
        assert "nothing matches 'qqq': Esc shows all" in stage.text
        await stage.press("escape")
        assert len(ports(stage)) == 12

    play(story)


def test_a_filter_that_can_hold_for_nothing_is_told_of_on_enter_and_never_while_typing(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("reach:moon")
        assert "is one of" not in stage.text
        await stage.press("enter")
        await stage.until(lambda: "reach: is one of" in stage.text)
        assert stage.field("#filter").has_focus
        for _ in "moon":
            await stage.press("backspace")
        await stage.type("network")
        await stage.press("enter")
        assert stage.pane.rows.has_focus

    play(story)


def test_keys_of_the_pane_are_letters_while_typing(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("q1p? /")
        assert stage.field("#filter").value == "q1p? /"
        assert stage.pane.id == "local"
        assert stage.app.is_running

    play(story)


def test_s_sorts_by_the_next_column_and_capital_s_reverses_the_order(play: Play) -> None:
    async def story(stage: Stage) -> None:
        assert ports(stage) == sorted(ports(stage))
        assert "PORT↑" in stage.text
        await stage.press("S")
        assert ports(stage) == sorted(ports(stage), reverse=True)
        assert "PORT↓" in stage.text
        await stage.press("s")
        assert [shown.socket.protocol for shown in stage.pane.rows.items] == ["tcp"] * 9 + ["udp"] * 3
        assert "PROTO↑" in stage.text
        await stage.press("S")
        assert [shown.socket.protocol for shown in stage.pane.rows.items] == ["udp"] * 3 + ["tcp"] * 9
        assert "PROTO↓" in stage.text

    play(story)


def test_a_narrow_window_tells_the_owner_rather_than_the_address(play: Play) -> None:
    async def story(stage: Stage) -> None:
        titles = stage.text.splitlines()[3].split()
        assert titles == ["PORT↑", "PROTO", "REACH", "OWNER"]

    play(story, size=(40, 10))


def test_a_shows_connections_too_and_back(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("a")
        await stage.until(lambda: len(stage.pane.rows.items) == 13)
        assert "13 sockets in all" in stage.text
        await stage.press("a")
        await stage.until(lambda: len(stage.pane.rows.items) == 12)

    play(story)


def test_connections_show_both_ends_and_their_state(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("a")
        await stage.until(lambda: len(stage.pane.rows.items) == 13)
        row = next(line for line in stage.text.splitlines() if "51514" in line)
        assert row.split()[:5] == ["22", "tcp", "←", "198.51.100.4", "51514"]
        assert "ESTABLISHED" in stage.text

    play(story, size=(200, 40))


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


def test_a_risky_socket_is_marked_in_its_row(play: Play) -> None:
    async def story(stage: Stage) -> None:
        marked = [line.split()[0] for line in stage.text.splitlines() if " ! " in line[:70]]
        assert marked == ["6379"]

    play(story, size=(120, 40))


def test_enter_goes_to_the_explanation_and_escape_comes_back(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("enter")
        assert stage.pane.panel.has_focus
        await stage.press("escape")
        assert stage.pane.rows.has_focus

    play(story)


@pytest.mark.parametrize(
    ("address", "host"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.0.2.7", "192.0.2.7"), ("fe80::1%eth0", "fe80::1%eth0")],
)
def test_p_probes_the_selected_socket_where_it_can_be_reached_from_here(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket], address: str, host: str
) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("p")
        assert stage.pane.id == "probe"
        await stage.until(lambda: stage.selected.ended)
        assert stage.selected.target.host == host
        assert stage.selected.target.port == 22
        assert stage.field("#host").value == host
        assert stage.field("#port").value == "22"

    machine = Changing(socket_like(22, "sshd", address))
    unchecked = replace(prepared, target=lambda host, port, protocol: Target(host, int(port), protocol))
    play(story, replace(unchecked, snapshot=machine))


def test_y_copies_the_explanation(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("y")
        assert stage.app.clipboard == stage.page.text()
        await stage.until(lambda: "clipboard" in stage.text)

    play(story)


def test_what_is_impossible_is_not_offered(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        assert "no socket is open here" in stage.text
        for word in ("read", "probe", "copy", "back"):
            assert word not in stage.footer
        await stage.press("p", "y", "enter")
        assert stage.pane.id == "local"

    async def when_read(stage: Stage) -> None:
        await stage.until(lambda: "no socket is open here" in stage.text)
        await story(stage)

    play(when_read, replace(prepared, snapshot=Changing()), wait=False, size=(120, 40))


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


def test_connections_stand_below_the_listener_that_accepted_them(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket]
) -> None:
    def one(port: int, remote: int) -> LocalSocket:
        made = replace(socket_like(port, "x", "127.0.0.1"), state="ESTABLISHED", remote_address="127.0.0.1")
        return replace(made, remote_port=remote, inode=port * remote)

    machine = Changing(
        socket_like(80, "nginx"), one(80, 40000), one(40000, 80), one(80, 40001), socket_like(8080, "app")
    )

    async def story(stage: Stage) -> None:
        await stage.press("a")
        await stage.until(lambda: "in all" in stage.text)
        rows = [(one.socket.port, one.socket.remote_port) for one in stage.pane.rows.items]
        assert rows == [(80, None), (80, 40000), (80, 40001), (8080, None), (40000, 80)]
        assert "5 sockets in all: 2 listening, 3 ESTABLISHED" in stage.text
        assert "0.0.0.0 · 2 clients" in stage.text
        assert "← 127.0.0.1 40000" in stage.text
        assert "→ 127.0.0.1 80" in stage.text

    play(story, replace(prepared, snapshot=machine), size=(160, 40))


def test_the_order_of_listeners_is_there_again_at_the_next_start(
    play: Play, prepared: Services, tmp_path: Path
) -> None:
    def started() -> Services:
        return replace(prepared, views=Views(tmp_path / "views.json"))

    async def first(stage: Stage) -> None:
        await stage.press("s", "S", "a", "s")  # the order of all sockets is not kept
        await stage.until(lambda: "in all" in stage.text)

    async def second(stage: Stage) -> None:
        assert "PROTO↓" in stage.text
        assert [shown.socket.protocol for shown in stage.pane.rows.items] == ["udp"] * 3 + ["tcp"] * 9
        await stage.press("a")
        await stage.until(lambda: "in all" in stage.text)
        assert "PORT↑" in stage.text
        await stage.press("a")
        await stage.until(lambda: "in all" not in stage.text)
        assert "PROTO↓" in stage.text

    for story in (first, second):
        play(story, started())


def test_the_filter_leaves_the_list_its_width(play: Play) -> None:
    async def story(stage: Stage) -> None:
        before = stage.pane.rows.outer_size.width
        await stage.press("slash")
        await stage.pilot.pause()
        assert stage.pane.rows.outer_size.width == before

    play(story)


def test_what_is_found_is_named_shortly_where_no_service_is_known(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket]
) -> None:
    stopped = replace(socket_like(8999, "app"), owners=(Owner(70, "app", stopped=True),))

    async def story(stage: Stage) -> None:
        assert "✗ stopped" in stage.text

    play(story, replace(prepared, snapshot=Changing(stopped)))
