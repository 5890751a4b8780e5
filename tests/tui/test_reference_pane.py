from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.tui.conftest import Stage

Play = Callable[..., None]


def ids(stage: Stage) -> list[str]:
    return [entry.id for entry in stage.pane.rows.items]


def test_all_entries_are_listed_and_the_panel_shows_the_page_of_the_selected_one(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.until(lambda: len(ids(stage)) == 6)
        assert "6 entries" in stage.text
        assert stage.field("#search").has_focus
        assert stage.page.title == "Connection refused"
        await stage.press("escape", "j")
        assert stage.page.title == "No answer at all"

    play(story)


def test_slash_searches_as_typed_and_escape_clears_it(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.until(lambda: len(ids(stage)) == 6)
        await stage.press("escape", "slash")
        await stage.type("listens")
        assert ids(stage) == ["no_listener"]
        assert stage.page.title == "Nothing listens on that port"
        await stage.press("enter")
        assert stage.pane.rows.has_focus
        await stage.press("escape")
        assert len(ids(stage)) == 6

    play(story)


def test_the_selection_follows_the_first_match(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.until(lambda: len(ids(stage)) == 6)
        await stage.press("escape", "G", "slash")
        await stage.type("t")
        assert ids(stage)[-1] == "22/tcp"
        assert stage.selected.id == ids(stage)[0]

    play(story)


def test_one_entry_is_not_entries_and_a_kept_search_leaves_the_focus_in_the_list(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.type("listens")
        await stage.until(lambda: "─ 1 entry ─" in stage.text)
        await stage.press("enter", "1", "4")
        assert stage.pane.rows.has_focus

    play(story)


def test_a_search_without_a_result_says_so(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.type("[/x]")
        await stage.until(lambda: "nothing is known about that" in stage.text)
        assert "[/x]" in stage.text

    play(story)
