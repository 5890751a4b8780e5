from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portview.probe.records import Target
from portview.sockets.records import Hidden, HiddenReason, LocalSocket, Owner, Snapshot
from portview.tui.services import Services
from portview.tui.views import Views

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]


def ports(stage: Stage) -> list[int]:
    return [shown.socket.port for shown in stage.pane.rows.items]


def only(*sockets: LocalSocket) -> Callable[[bool], Snapshot]:
    """A machine that has these sockets and hides none."""
    return lambda everything: Snapshot(sockets, Hidden(), "proc")


def test_the_list_shows_who_listens_where_and_the_panel_explains_the_selected_row(play: Play) -> None:
    async def story(stage: Stage) -> None:
        assert "12 listening, 8 reachable from the network" in stage.text
        assert "as alice: 1 owner hidden, sudo portview shows it" in stage.text
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

    machine = only(socket_like(22, "sshd", address))
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

    play(when_read, replace(prepared, snapshot=only()), wait=False, size=(120, 40))


def test_connections_stand_below_the_listener_that_accepted_them(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket]
) -> None:
    def one(port: int, remote: int) -> LocalSocket:
        made = replace(socket_like(port, "x", "127.0.0.1"), state="ESTABLISHED", remote_address="127.0.0.1")
        return replace(made, remote_port=remote, inode=port * remote)

    machine = only(
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

    play(story, replace(prepared, snapshot=only(stopped)))


def test_a_service_is_whole_where_another_column_has_room_to_spare(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket]
) -> None:
    async def story(stage: Stage) -> None:
        assert "redis-server-of-the-shop  redis-commander" in stage.text

    held = socket_like(8081, "redis-server-of-the-shop", service="redis-commander")
    play(story, replace(prepared, snapshot=only(held)))
