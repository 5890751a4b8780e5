from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from portview.diagnose.live_examples import ThisMachine
from portview.tui.panes.reference import ReferencePane
from portview.tui.services import Services

if TYPE_CHECKING:
    from tests.tui.stage import Stage

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


def test_a_near_miss_is_suggested(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.type("refusd")
        await stage.until(lambda: "nothing fits; try refused, " in stage.text)

    play(story)


def test_n_lists_what_is_related_and_escape_walks_back(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.until(lambda: len(ids(stage)) == 6)
        await stage.type("f")
        await stage.press("enter", "j")
        found, selected = ids(stage), stage.selected.id
        await stage.press("n")
        assert ids(stage)[0] == selected
        assert len(ids(stage)) == 3
        assert stage.selected.id == selected
        assert "Related to" in stage.text
        await stage.press("j")
        second = stage.selected.id
        await stage.press("n")
        assert stage.selected.id == ids(stage)[0] == second
        await stage.press("escape")
        assert (ids(stage)[0], stage.selected.id) == (selected, second)
        await stage.press("escape")
        assert (ids(stage), stage.selected.id) == (found, selected)
        await stage.press("escape")
        assert len(ids(stage)) == 6
        await stage.press("escape")
        assert len(ids(stage)) == 6

    play(story)


def test_typing_leaves_the_trail(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.until(lambda: len(ids(stage)) == 6)
        await stage.press("escape", "n", "slash")
        await stage.type("listens")
        assert ids(stage) == ["no_listener"]
        await stage.press("enter", "escape")
        assert len(ids(stage)) == 6

    play(story)


def test_it_opens_at_an_entry_and_leads_back_to_the_list(play: Play) -> None:
    async def story(stage: Stage) -> None:
        pane = stage.app.query_one(ReferencePane)
        pane.show_entry("no_listener")
        await stage.press("4")
        await stage.until(lambda: stage.page.title == "Nothing listens on that port")
        assert stage.pane.rows.has_focus
        pane.show_entry("no such entry")
        assert stage.page.title == "Nothing listens on that port"
        await stage.press("escape")
        assert len(ids(stage)) == 6

    play(story)


def test_u_brings_an_earlier_search_back(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.until(lambda: len(ids(stage)) == 6)
        for word, expected in (("listens", ["no_listener"]), ("ssh", ["22/tcp"])):
            await stage.press("escape", "slash")
            await stage.type(word)
            await stage.press("enter")
            assert ids(stage) == expected
        await stage.press("u")
        assert len(ids(stage)) == 6
        await stage.press("u")
        assert ids(stage) == ["no_listener"]

    play(story)


def test_this_machine_is_read_for_the_examples(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.until(lambda: " sockets are open here." in stage.page.text())

    play(story)


def test_a_machine_that_cannot_be_read_leaves_the_reference_whole(play: Play, prepared: Services) -> None:
    def machine() -> ThisMachine:
        raise OSError("no /proc")

    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.until(lambda: "no /proc" in stage.text)
        await stage.press("escape", "j")
        assert stage.page.title == "No answer at all"

    play(story, replace(prepared, machine=machine))


def test_a_list_that_only_shares_words_with_the_question_says_so(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("4")
        await stage.type("why is my ssh slow today")
        assert "Nothing fits well; nearest:" in stage.text
        assert stage.pane.rows.items
        await stage.press("escape", "escape")
        await stage.until(lambda: "nothing fits" not in stage.text)

    play(story, replace(prepared, search=Services().search))


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("ref", True),
        ("no rou", True),
        ("risk:high", True),
        ("udp risk:high", True),
        ("8000-8010 gitea", True),
        ("tcp 22 foo", False),
        ("why is my ssh slow today", False),
    ],
)
def test_what_is_typed_so_far_fits_where_it_stands_in_the_first_find(query: str, fits: bool) -> None:
    services = Services()
    assert services.fits(query, services.search(query)[0]) is fits
