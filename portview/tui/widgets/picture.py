"""A line that is drawn: the way of a knock, or the latencies of a watch."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from portview.tui import looks
from portview.tui.route import Part

Draw = Callable[[int], Sequence[Part]]
"""Given the cells there are, the parts of the line."""


class Picture(Widget):
    """Takes a line of the screen only while there is something to draw."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*looks.LOOKS}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw: Draw | None = None
        self._shown: object = None
        self.display = False

    def show(self, draw: Draw | None, subject: object) -> None:
        """Draw this; the same `subject` as before looks the same and is left alone."""
        if subject != self._shown:
            self._draw, self._shown = draw, subject
            self.display = draw is not None
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line, cut where the window ends."""
        width = self.size.width
        parts = self._draw(width) if self._draw and y == 0 else ()
        segments = [Segment(part.text, self.get_component_rich_style(part.look)) for part in parts]
        return Strip(segments).adjust_cell_length(width, self.rich_style)
