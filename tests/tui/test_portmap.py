import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from portview.tui.canvas import CODES, UNTESTED
from portview.tui.widgets.portmap import PortMap, cells, cells_across, ports_a_cell
from portview.vocabulary import State

CLOSED, OPEN = CODES[State.CLOSED], CODES[State.OPEN]


@pytest.mark.parametrize(
    ("ports", "room", "each"),
    [(10, 100, 1), (100, 100, 1), (101, 100, 2), (250, 100, 5), (65535, 700, 100), (65535, 140, 500)],
)
def test_a_cell_stands_for_as_few_ports_as_there_is_room(ports: int, room: int, each: int) -> None:
    assert ports_a_cell(ports, room) == each


@given(st.integers(1, 65535), st.integers(0, 3000))
def test_all_ports_have_room(ports: int, room: int) -> None:
    each = ports_a_cell(ports, room)
    assert len(cells(bytes(ports), each)) <= max(room, 1)


@pytest.mark.parametrize(("width", "across"), [(118, 110), (65, 50), (80, 70), (20, 10), (3, 10)])
def test_a_line_has_tens_of_cells_beside_its_label(width: int, across: int) -> None:
    assert cells_across(width) == across


def test_what_matters_most_is_what_a_cell_shows() -> None:
    closed, filtered, is_open = (CODES[state] for state in (State.CLOSED, State.FILTERED, State.OPEN))
    codes = bytes([closed, closed, closed, UNTESTED, UNTESTED, filtered, filtered, is_open, closed])
    assert list(cells(codes, 2)) == [closed, UNTESTED, filtered, is_open, closed]
    assert cells(codes, 1) == codes


class Harness(App[None]):
    def compose(self) -> ComposeResult:
        yield PortMap()


@pytest.mark.parametrize(
    ("name", "codes", "ports", "line"),
    [
        ("nas", bytes([CLOSED, CLOSED, OPEN]), (1, 2, 3), "      1 ··■"),
        ("nas", bytes([CLOSED, OPEN, UNTESTED]), (1, 2, 3), "      1 ·■"),
        ("web", bytes([CLOSED, CLOSED, OPEN]), (1, 2, 3), "      1 ··■"),
        ("web", bytes([CLOSED, CLOSED, OPEN, OPEN]), (1, 2, 3, 4), "      1 ··■■"),
        ("nas", bytes([CLOSED, CLOSED, OPEN]), (53, 67, 68), "     53 ··■"),
    ],
)
def test_what_is_shown_next_is_drawn(name: str, codes: bytes, ports: Sequence[int], line: str) -> None:
    async def main() -> None:
        app = Harness()
        async with app.run_test(size=(40, 20)) as pilot:
            shown = app.query_one(PortMap)
            shown.show("nas", bytes([CLOSED, CLOSED, OPEN]), (1, 2, 3))
            await pilot.pause()
            shown.show(name, codes, ports)
            await pilot.pause()
            assert shown.render_lines(shown.outer_size.region)[0].text.rstrip() == line
            assert str(shown.border_title).startswith(f" {name}[")

    asyncio.run(main())
