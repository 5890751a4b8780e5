"""From pane to pane with a port or a result, and back to the row that was left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from textual import events

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_port_leads_through_all_panes_and_backspace_all_the_way_back(
    play: Play, size: tuple[int, int]
) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("j")
        socket = stage.selected
        await stage.press("p")
        await stage.until(lambda: stage.pane.id == "probe" and stage.selected.ended)
        knock = stage.selected
        assert (knock.target.host, knock.target.port) == ("::1", 22)
        await stage.press("n")
        assert stage.pane.id == "scan"
        assert stage.field("#targets").value == "::1"
        await stage.until(lambda: len(stage.pane.rows.items) == 9 and not stage.pane.busy)
        await stage.press("j", "k", "i")
        assert (stage.pane.id, stage.selected.id) == ("reference", "22/tcp")
        for pane in ("scan", "probe", "local"):
            assert "Bksp return" in stage.footer
            await stage.press("backspace")
            assert stage.pane.id == pane
            assert stage.pane.rows.has_focus
        assert stage.selected.key == socket.key
        assert "Bksp" not in stage.footer
        await stage.press("2")
        assert stage.selected.number == knock.number

    play(story, size=size)


@pytest.mark.parametrize("pane", ["local", "scan"])
def test_the_page_of_a_port_is_one_key_away_and_the_row_is_there_again(play: Play, pane: str) -> None:
    async def story(stage: Stage) -> None:
        if pane == "scan":
            await stage.press("3", "enter")
            await stage.until(lambda: len(stage.pane.rows.items) == 9 and not stage.pane.busy)
        here = stage.pane.bookmark()
        await stage.press("i")
        assert (stage.pane.id, stage.selected.id) == ("reference", "22/tcp")
        await stage.press("backspace")
        assert (stage.pane.id, stage.pane.bookmark()) == (pane, here)

    play(story)


def test_the_handbook_page_of_a_scanned_port_is_one_key_away(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3")
        assert "h why" not in stage.footer
        await stage.press("enter")
        await stage.until(lambda: len(stage.pane.rows.items) == 9 and not stage.pane.busy)
        await stage.press("j", "j", "j", "h")
        assert (stage.pane.id, stage.selected.id) == ("reference", "fw_drop_host")
        await stage.press("backspace")
        assert (stage.pane.id, stage.selected.ports.label) == ("scan", "135-139")

    play(story)


def test_a_search_of_the_reference_is_there_again_on_the_way_back(play: Play) -> None:
    async def story(stage: Stage) -> None:
        async def find_redis() -> None:
            await stage.press("ctrl+p")
            await stage.type("redis 6379")
            await stage.press("enter")
            assert stage.pane.id == "local"

        await stage.press("4")
        await stage.type("t")
        await stage.press("enter", "j")
        found = stage.pane.bookmark()
        await find_redis()
        await stage.press("g", "i")
        assert stage.selected.id == "22/tcp"
        led = stage.pane.bookmark()
        await find_redis()
        await stage.press("backspace")
        assert stage.pane.bookmark() == led
        await stage.press("backspace", "backspace")
        assert (stage.pane.id, stage.pane.bookmark()) == ("reference", found)

    play(story)


def test_a_key_does_not_overtake_the_way_to_another_pane(play: Play) -> None:
    async def story(stage: Stage) -> None:
        for key in "i3":
            stage.app.post_message(events.Key(key, key))
        await stage.until(lambda: stage.pane.id == "scan")
        await stage.pilot.pause(0.2)
        assert stage.pane.id == "scan"
        await stage.press("escape", "backspace")
        assert stage.pane.id == "local"

    play(story)
