import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.strip import Strip

from portview.knowledge.page import Line, Page, Section, Tone
from portview.text import clean
from portview.tui.looks import TONE_SIGNS
from portview.tui.widgets.panel import Panel, wrap


def lines(page: Page, width: int, *, airy: bool = False) -> list[str]:
    return ["".join(piece[0] for piece in pieces).rstrip() for pieces in wrap(page, width, airy=airy)]


def one(text: str, tone: Tone = Tone.PLAIN, label: str = "") -> Page:
    return Page("Title", (Section(label, (Line(text, tone),)),))


def test_wide_panels_put_labels_beside_the_lines() -> None:
    page = Page("T", (Section("Owner", (Line("pid 1"), Line("pid 2"))), Section("Queue", (Line("empty"),))))
    owner, queue = ["Owner        pid 1", "             pid 2"], ["Queue        empty"]
    assert lines(page, 70) == ["T", "", *owner, *queue]
    assert lines(page, 70, airy=True) == ["T", "", *owner, "", *queue]


def test_a_long_label_makes_room_for_itself_and_a_very_long_one_stands_above() -> None:
    page = Page(
        "T", (Section("Fix", (Line("a"),)), Section("On this machine", (Line("b"),)), Section("A" * 16, ()))
    )
    assert lines(page, 70) == ["T", "", "Fix             a", "On this machine b", "", "A" * 16]


def test_narrow_panels_put_labels_above_the_lines() -> None:
    page = Page("T", (Section("Owner", (Line("pid 1"),)), Section("Queue", (Line("empty"),))))
    assert lines(page, 30) == ["T", "", "Owner", "  pid 1", "", "Queue", "  empty"]


def test_what_is_wrapped_hangs_below_the_text_and_not_below_the_sign() -> None:
    assert lines(one("alpha beta gamma delta", Tone.FACT), 20)[2:] == ["✓ fact: alpha beta", "  gamma delta"]


@pytest.mark.parametrize("tone", list(Tone))
def test_every_tone_that_judges_has_a_sign(tone: Tone) -> None:
    assert lines(one("text", tone), 40)[2] == f"{TONE_SIGNS[tone]}text"
    assert bool(TONE_SIGNS[tone]) == (tone not in (Tone.PLAIN, Tone.STRONG))


@pytest.mark.parametrize(
    "text", ["[/x]", "[red]x[/]", "[@click=app.bell]x[/]", "\x1b[31mred", "a\u202eb", "\x9b2J"]
)
def test_hostile_text_is_shown_as_text(text: str) -> None:
    assert lines(one(text, Tone.FACT, text), 80)[-1].endswith(clean(text))
    assert lines(Page(text, ()), 80) == [clean(text)]


@given(
    st.text(max_size=200), st.sampled_from(list(Tone)), st.integers(12, 90), st.sampled_from(["", "Owner"])
)
def test_no_line_is_wider_than_the_panel_and_no_letter_is_lost(
    text: str, tone: Tone, width: int, label: str
) -> None:
    shown = lines(one(text, tone, label), width)
    assert all(cell_len(line) <= width for line in shown)
    wanted = "".join((TONE_SIGNS[tone] + clean(text)).split())
    assert "".join("".join(shown[2:]).split()).endswith(wanted)


class Harness(App[None]):
    def compose(self) -> ComposeResult:
        yield Panel("Page")


LONG = Page("Long", (Section("", tuple(Line(f"line {number}") for number in range(50))),))


@pytest.mark.parametrize(
    ("keys", "top"),
    [(["j"], 1), (["j", "j", "k"], 1), (["ctrl+d"], 5), (["pagedown"], 10), (["G"], 42), (["G", "g"], 0)],
)
def test_keys_scroll(keys: list[str], top: int) -> None:
    async def main() -> None:
        app = Harness()
        async with app.run_test(size=(40, 10)) as pilot:
            panel = app.query_one(Panel)
            panel.focus()
            panel.show(LONG)
            await pilot.pause()
            await pilot.press(*keys)
            await pilot.pause()
            assert panel.scroll_offset.y == top
            more = f" · {42 - top} more lines ↓" if top < 42 else ""
            assert panel.border_title == f" Page{more} "

    asyncio.run(main())


def test_where_its_height_is_left_to_it_it_is_as_high_as_its_page() -> None:
    async def main() -> None:
        app = Harness()
        async with app.run_test(size=(40, 10)) as pilot:
            panel = app.query_one(Panel)
            panel.styles.height = "auto"
            for texts, high in (
                (("one",), 3),
                (("one", "two"), 4),
                ((), 2),
                (("more than fits a line " * 2,), 4),
            ):
                panel.show(Page("T", (Section("", tuple(Line(text) for text in texts)),)))
                await pilot.pause()
                assert panel.size.height == high

    asyncio.run(main())


def test_the_place_is_kept_while_the_same_page_changes_and_lost_with_another() -> None:
    async def main() -> None:
        app = Harness()
        async with app.run_test(size=(40, 10)) as pilot:
            panel = app.query_one(Panel)
            panel.show(LONG)
            await pilot.pause()
            panel.scroll_to(y=20, animate=False)
            panel.show(Page("Long", (*LONG.sections, Section("", (Line("more"),)))))
            await pilot.pause()
            assert panel.scroll_offset.y == 20
            panel.show(Page("Another", LONG.sections))
            await pilot.pause()
            assert panel.scroll_offset.y == 0

    asyncio.run(main())


def test_only_changed_lines_are_drawn_and_a_longer_page_can_be_scrolled() -> None:
    drawn: list[int] = []

    class Noting(Panel):
        def render_line(self, y: int) -> Strip:
            drawn.append(y)
            return super().render_line(y)

    class Stage(App[None]):
        def compose(self) -> ComposeResult:
            yield Noting()

    def page(*texts: str) -> Page:
        return Page("Title", (Section("", tuple(Line(text) for text in texts)),))

    async def main() -> None:
        async with Stage().run_test(size=(40, 10)) as pilot:
            panel = pilot.app.query_one(Noting)
            panel.show(page("same", "old", "same"))
            await pilot.pause()
            drawn.clear()
            panel.show(page("same", "new", "same"))
            await pilot.pause()
            assert set(drawn) == {3}
            assert not panel.show_vertical_scrollbar
            panel.show(page(*"abcdefghijklmnop"))
            await pilot.pause()
            assert panel.show_vertical_scrollbar
            panel.scroll_end(animate=False)
            await pilot.pause()
            assert "p" in [panel.render_line(y).text.strip() for y in range(panel.size.height)]

    asyncio.run(main())
