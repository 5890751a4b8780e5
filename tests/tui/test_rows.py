import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from portview.tui.widgets.columns import Column
from portview.tui.widgets.rows import Cell, Rows

Item = tuple[int, str]


class Counting(Rows[Item]):
    """Counts the lines that are drawn."""

    drawn = 0

    def render_line(self, y: int) -> Strip:
        self.drawn += 1
        return super().render_line(y)


class Harness(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[Item | None] = []
        self.rows = Counting(
            (Column("N", 6, right=True), Column("TEXT", 10, 20)),
            key=lambda item: item[0],
            cells=lambda item: (Cell(str(item[0])), Cell(item[1])),
            on_select=lambda: self.told.append(self.rows.selected),
            empty="nothing here",
        )

    def compose(self) -> ComposeResult:
        yield self.rows

    def lines(self) -> list[str]:
        return [self.rows.render_line(y).text.rstrip() for y in range(self.rows.size.height)]


def items(numbers: Sequence[int]) -> list[Item]:
    return [(number, f"item {number}") for number in numbers]


def play(story: Callable[[Harness, Pilot[None]], Awaitable[None]]) -> None:
    async def main() -> None:
        app = Harness()
        async with app.run_test(size=(40, 10)) as pilot:
            app.rows.focus()
            await pilot.pause()
            await story(app, pilot)

    asyncio.run(main())


def test_rows_stand_below_their_titles_and_the_selected_one_is_marked() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show(items([5, 7]))
        assert app.lines()[:3] == ["       N  TEXT", "▶      5  item 5", "       7  item 7"]

    play(story)


def test_an_empty_list_says_why() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        assert app.lines()[1] == "  nothing here"
        app.rows.say_when_empty("still nothing")
        assert app.lines()[1] == "  still nothing"
        assert app.rows.selected is None

    play(story)


@pytest.mark.parametrize(
    ("keys", "selected"),
    [
        (["j"], 1),
        (["down", "down"], 2),
        (["j", "j", "k"], 1),
        (["k"], 0),
        (["G"], 99),
        (["end"], 99),
        (["G", "j"], 99),
        (["G", "g"], 0),
        (["ctrl+d"], 4),
        (["ctrl+d", "ctrl+u"], 0),
        (["pagedown"], 8),
        (["pagedown", "pageup"], 0),
    ],
)
def test_keys_move_the_cursor_and_it_stays_in_view(keys: list[str], selected: int) -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show(items(range(100)))
        await pilot.press(*keys)
        await pilot.pause()
        assert app.rows.selected == (selected, f"item {selected}")
        assert any(line.startswith("▶") and line.endswith(f"item {selected}") for line in app.lines())
        assert app.told[-1] == app.rows.selected

    play(story)


def test_every_step_down_and_up_again_keeps_the_cursor_in_view() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show(items(range(20)))
        for key in ["j"] * 19 + ["k"] * 19:
            await pilot.press(key)
            assert any(line.startswith("▶") for line in app.lines())

    play(story)


def test_the_cursor_stays_on_its_item_while_others_come_and_go() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show(items([10, 20, 30]))
        await pilot.press("j")
        app.rows.show(items([1, 2, 3, 10, 20, 30]))
        assert app.rows.selected == (20, "item 20")
        app.rows.show(items([30, 20]))
        assert app.rows.selected == (20, "item 20")
        app.rows.show(items([10, 30]))
        assert app.rows.selected == (30, "item 30")
        app.rows.show([])
        assert app.rows.selected is None
        app.rows.show(items([4]))
        assert app.rows.selected == (4, "item 4")

    play(story)


def test_the_cursor_stays_in_view_when_rows_come_above_it() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show(items([1000]))
        app.rows.show(items(range(1001)))
        await pilot.pause()
        assert any("▶" in line and "item 1000" in line for line in app.lines())

    play(story)


def test_a_change_of_the_selected_item_is_told() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show([(1, "old")])
        await pilot.pause()
        app.told.clear()
        app.rows.show([(1, "old")])
        await pilot.pause()
        assert app.told == []
        app.rows.show([(1, "new")])
        await pilot.pause()
        assert app.told == [(1, "new")]

    play(story)


def test_one_changed_row_draws_one_line_and_none_draws_none() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show(items(range(100)))
        await pilot.pause()
        app.rows.drawn = 0
        app.rows.show(items(range(100)))
        await pilot.pause()
        assert app.rows.drawn == 0
        changed = items(range(100))
        changed[3] = (3, "changed")
        changed[90] = (90, "off screen")
        app.rows.show(changed)
        await pilot.pause()
        assert app.rows.drawn == 1

    play(story)


def test_all_ports_fit_and_only_those_in_view_are_drawn() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show(items(range(65_535)))
        await pilot.pause()
        app.rows.drawn = 0
        await pilot.press("G")
        await pilot.pause()
        assert app.rows.selected == (65_534, "item 65534")
        assert app.rows.drawn < 100

    play(story)


def test_columns_grow_with_new_rows_and_stand_still_when_those_go_or_are_scrolled_to() -> None:
    def texts(*widths: int) -> list[Item]:
        return [(number, "x" * width) for number, width in enumerate(widths)]

    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show(texts(5, 5))
        await pilot.pause()
        assert app.lines()[1].endswith("0  xxxxx")
        app.rows.show(texts(5, 5, 14))
        await pilot.pause()
        assert app.lines()[3].endswith("x" * 14)
        app.rows.drawn = 0
        app.rows.show(texts(5, 5))
        await pilot.pause()
        assert app.rows.drawn == 1

    play(story)


def test_its_room_grows_with_the_rows_and_shrinks_only_when_one_comes_back_to_it() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.styles.height = "auto"
        app.rows.styles.max_height = 8
        other = Counting((), key=lambda item: item[0], cells=lambda item: ())
        await app.mount(other)

        async def height(number: int) -> int:
            app.rows.show(items(range(number)))
            await pilot.pause()
            return app.rows.size.height

        assert [await height(number) for number in (0, 1, 4, 5, 4, 0, 90, 2)] == [4, 4, 5, 6, 6, 6, 8, 8]
        other.focus()
        await pilot.pause()
        app.rows.focus()
        await pilot.pause()
        assert app.rows.size.height == 4

    play(story)


def test_of_very_many_rows_those_in_view_and_a_sample_are_measured() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        measured: list[int] = []
        draw = app.rows.cells

        def cells(item: Item) -> Sequence[Cell]:
            measured.append(item[0])
            return draw(item)

        app.rows.cells = cells
        app.rows.show(items(range(65_535)))
        assert set(range(9)) < set(measured)
        assert max(measured) > 60_000
        assert len(measured) < 150

    play(story)


def test_a_row_is_found_by_its_key() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show(items(range(50)))
        assert app.rows.select(40)
        assert app.rows.selected == (40, "item 40")
        assert not app.rows.select("unknown")
        assert app.rows.selected == (40, "item 40")

    play(story)


def test_a_click_selects_the_row_under_it_also_when_scrolled() -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show(items(range(50)))
        await pilot.press("G")
        await pilot.pause()
        shown = app.lines()
        await pilot.click(app.rows, offset=(5, 3))
        await pilot.pause()
        assert app.rows.selected is not None
        assert shown[3].endswith(app.rows.selected[1])
        before = app.rows.selected
        await pilot.click(app.rows, offset=(5, 0))
        assert app.rows.selected == before

    play(story)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[/x]", "[/x]"),
        ("py [worker]", "py [worker]"),
        ("[@click=app.bell]x", "[@click=app.bell]x"),
        ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
        ("a\u202eb", "a\\u202eb"),
        ("two\nrows", "two\\x0arows"),
        ("漢字漢字漢字漢字漢字漢字", "漢字漢字漢字漢字漢 …"),
    ],
)
def test_hostile_text_is_shown_as_text_in_its_column(text: str, shown: str) -> None:
    async def story(app: Harness, pilot: Pilot[None]) -> None:
        app.rows.show([(1, text)])
        await pilot.pause()
        assert app.lines()[1] == f"▶      1  {shown}"

    play(story)
