"""The selected row is seen in every theme, whether its list has the focus or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from rich.style import Style

from portview.tui.widgets.rows import HEADER_LINES, Rows

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]


def styles(stage: Stage, place: int) -> set[Style]:
    """The styles of a row in view."""
    strip = stage.app.screen.query_one(Rows).render_line(HEADER_LINES + place)
    return {style for _, style, _ in strip if style is not None}


@pytest.mark.parametrize("theme", ["portview", "portview-light"])
@pytest.mark.parametrize("keys", [(), ("enter",), ("ctrl+p",)], ids=["list", "panel", "palette"])
def test_the_selected_row_stands_on_a_colour_of_its_own(
    play: Play, theme: str, keys: tuple[str, ...]
) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(*keys)
        selected, next_one = ({style.bgcolor for style in styles(stage, place)} for place in (0, 1))
        assert not selected & next_one

    play(story, size=(120, 40), theme=theme)


def test_with_few_colours_the_selected_row_is_one_reversed_band(play: Play) -> None:
    async def story(stage: Stage) -> None:
        looks = {(style.color, style.bgcolor, style.reverse) for style in styles(stage, 0)}
        assert len(looks) == 1
        assert looks.pop()[2]

    play(story, theme="portview-ansi")
