"""Anything is found by its words, and chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from portview.tui import keys
from portview.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]


def test_the_palette_finds_an_action_and_runs_it(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("ctrl+p")
        await stage.type("Sort by the next")
        await stage.until(lambda: "Sort by the next column" in stage.text)
        await stage.press("enter")
        await stage.until(lambda: "PROTO↑" in stage.text)

    play(story, size=(100, 40))


def test_the_palette_finds_every_action(play: Play) -> None:
    while_typing = {key.help for key in (*keys.FIELD, *keys.CHOICE, *keys.PANEL, *keys.PALETTE)}

    async def story(stage: Stage) -> None:
        await stage.press("ctrl+p")
        found = {entry.text for entry in stage.app.screen.query_one(Rows).items}
        wanted = {key.help for _, group in keys.GROUPS for key in group if key.action != "palette"}
        assert wanted - while_typing <= found

    play(story)


def test_the_palette_goes_to_another_pane_and_back(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        await stage.type("nas.lan:22")
        await stage.press("enter")
        await stage.until(lambda: stage.selected and stage.selected.ended)
        await stage.press("ctrl+p")
        await stage.type("redis")
        await stage.press("enter")
        assert (stage.pane.id, stage.selected.socket.port) == ("local", 6379)
        await stage.press("backspace")
        assert stage.pane.id == "probe"
        await stage.press("ctrl+p")
        await stage.type("reverse")
        await stage.press("enter")
        assert stage.pane.id == "local"
        assert "PORT↓" in stage.text

    play(story)
