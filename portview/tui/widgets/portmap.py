"""All ports of one host at a glance: a cell for each port, or for several where they are many."""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from portview.tui import looks
from portview.tui.canvas import CODES, UNTESTED
from portview.tui.widgets.titled import Titled
from portview.vocabulary import State

HIGH_FROM = 32
"""From this height of the screen on a map beside the explanation may have nearly half of it."""

_SIGNS: Final[dict[int, tuple[str, str]]] = {
    UNTESTED: ("·", looks.MUTED),
    CODES[State.CLOSED]: ("-", looks.MUTED),
    CODES[State.OPEN_OR_FILTERED]: ("▫", looks.WARN),
    CODES[State.FILTERED]: ("▫", looks.WARN),
    CODES[State.OPEN]: ("■", looks.GOOD),
}


class PortMap(Titled):
    """Draws a line again only when one of its own cells is another one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*looks.LOOKS}
    can_focus = False

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self._codes = b""
        self._cells = b""
        self._lines = 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The lines that the cells fill."""
        return self._lines

    def show(self, name: str, codes: bytes) -> None:
        """Show a host's ports, one code each, in the order of their numbers; none hides the map."""
        if name == self._name and codes is self._codes:
            return
        self._name, self._codes = name, codes
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
        each = ports_a_cell(len(self._codes), width * most)
        before, self._cells = self._cells, cells(self._codes, each)
        ports = "1 port" if each == 1 else f"{each} ports"
        self.entitle(f"{self._name}  1 cell = {ports}  ■ open  ▫ filtered  - closed")
        lines = -(-len(self._cells) // width)
        if len(before) != len(self._cells):
            self._lines = lines
            self.refresh(layout=True)
            return
        for y in range(lines):
            line = slice(y * width, (y + 1) * width)
            if before[line] != self._cells[line]:
                self.refresh_line(y)

    def render_line(self, y: int) -> Strip:
        """Draw one line of cells, those of a kind together."""
        width = self.size.width
        segments = [
            Segment(sign * count, self.get_component_rich_style(look))
            for (sign, look), count in _runs(self._cells[y * width : (y + 1) * width])
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)


def ports_a_cell(ports: int, room: int) -> int:
    """How many ports a cell must stand for, so that all have room: 1, 2, 4 ... 64 for a whole host."""
    each = 1
    while -(-ports // each) > max(room, 1):
        each *= 2
    return each


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
