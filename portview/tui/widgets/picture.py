"""What is drawn below the list: the way of a knock, or the latencies of a watch."""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from portview.tui import looks
from portview.tui.route import Part


class Drawing(NamedTuple):
    """Lines of parts, drawn for the cells and lines that there are.

    `title` stands in the rule above where there is room for one. A chart takes more lines there.
    """

    title: str
    draw: Callable[[int, int], Sequence[Sequence[Part]]]
    is_chart: bool = False


class Picture(Widget):
    """Takes a part of the screen only while there is something to draw."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*looks.LOOKS}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawing: Drawing | None = None
        self._shown: object = None
        self.display = False

    def show(self, drawing: Drawing | None, subject: object) -> None:
        """Draw this; the same `subject` as before looks the same and is left alone."""
        if subject != self._shown:
            self._drawing, self._shown = drawing, subject
            self.display = drawing is not None
            if drawing is not None:
                self.set_class(drawing.is_chart, "-chart")
                self.border_title = looks.plain(f" {drawing.title} ")
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line, cut where the window ends."""
        width, height = self.size
        lines = self._drawing.draw(width, height) if self._drawing else ()
        segments = [
            Segment(part.text, self.get_component_rich_style(part.look))
            for parts in lines[y : y + 1]
            for part in parts
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)
