"""All ports of one host at a glance: a cell for each port, or for several where they are many."""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from portview.tui import looks
from portview.tui.canvas import CODES, UNTESTED
from portview.tui.looks import plain
from portview.tui.units import count
from portview.tui.widgets.titled import Titled
from portview.vocabulary import State

HIGH_FROM = 32
"""From this height of the screen on a map beside the explanation may have nearly half of it."""

LABEL: Final = 8
"""Cells before each line, for the number of its first port."""
TEN: Final = 10
"""A line has so many cells or a multiple of that."""
_SIZES: Final = tuple(step * int(10**power) for power in range(6) for step in (1, 2, 5))

_SIGNS: Final[dict[int, tuple[str, str]]] = {
    UNTESTED: (" ", looks.PLAIN),
    CODES[State.CLOSED]: ("·", looks.MUTED),
    CODES[State.OPEN_OR_FILTERED]: ("▫", looks.WARN),
    CODES[State.FILTERED]: ("▫", looks.WARN),
    CODES[State.OPEN]: ("■", looks.GOOD),
}
_LEGEND: Final = Content.assemble(
    ("  ■", "$success"), " open", ("  ▫", "$warning"), " filtered", "  · closed  1 cell = "
)


class PortMap(Titled):
    """Draws a line again only when one of its own cells is another one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*looks.LOOKS}
    can_focus = False

    def __init__(self) -> None:
        super().__init__()
        self._host = ""
        self._codes = b""
        self._ports: Sequence[int] = ()
        self._cells = b""
        self._each = 1
        self._across = TEN

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The lines that the cells fill."""
        return -(-len(self._cells) // self._across)

    def show(self, name: str, codes: bytes, ports: Sequence[int]) -> None:
        """Show a host's ports, one code each, in the order of their numbers; none hides the map."""
        if name == self._host and codes is self._codes:
            return
        if ports != self._ports:
            self._cells = b""  # the same cells may stand for other ports
        self._host, self._codes, self._ports = name, codes, ports
        self.set_class(bool(codes), "-filled")
        self.lay_out()

    def on_resize(self) -> None:
        """Another width has room for other cells."""
        self._cells = b""
        self.lay_out()
        self.refresh()

    def lay_out(self) -> None:
        """Take the smallest cells that fit this screen, and just the lines that they fill."""
        assert isinstance(self.parent, Widget)
        width, high = self.parent.size.width, self.screen.size.height
        if not (width and self._codes):
            return
        most = high * 2 // 5 if high >= HIGH_FROM and self.screen.has_class("-wide") else high // 8
        self._across = cells_across(width)
        self._each = ports_a_cell(len(self._codes), self._across * most)
        before, self._cells = self._cells, cells(self._codes, self._each)
        self.entitle(Content.assemble(plain(self._host), _LEGEND, count(self._each, "port")))
        if len(before) != len(self._cells):
            self.refresh(layout=True)
            return
        for y in range(self.size.height):
            line = slice(y * self._across, (y + 1) * self._across)
            if before[line] != self._cells[line]:
                self.refresh_line(y)

    def render_line(self, y: int) -> Strip:
        """Draw one line: the number of its first port, then its cells, those of a kind together."""
        first = y * self._across
        runs = _runs(self._cells[first : first + self._across])
        port = f"{self._ports[first * self._each]:>{LABEL - 1}} " if runs else ""
        segments = [
            Segment(text, self.get_component_rich_style(look))
            for text, look in ((port, looks.MUTED), *((sign * number, look) for (sign, look), number in runs))
        ]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)


def cells_across(width: int) -> int:
    """How many cells stand in a line beside its label: tens, so that the lines begin at round numbers."""
    return max((width - LABEL) // TEN, 1) * TEN


def ports_a_cell(ports: int, room: int) -> int:
    """How many ports a cell must stand for, so that all have room: 1, 2, 5, 10 ... 100 for a whole host."""
    return next(each for each in _SIZES if -(-ports // each) <= max(room, 1))


def cells(codes: bytes, each: int) -> bytes:
    """The highest code of each group of `each` ports."""
    if each == 1:
        return codes
    return bytes(max(codes[start : start + each]) for start in range(0, len(codes), each))


def _runs(codes: bytes) -> Sequence[tuple[tuple[str, str], int]]:
    runs: list[tuple[tuple[str, str], int]] = []
    for code in codes:
        if runs and runs[-1][0] == _SIGNS[code]:
            runs[-1] = runs[-1][0], runs[-1][1] + 1
        else:
            runs.append((_SIGNS[code], 1))
    return runs
