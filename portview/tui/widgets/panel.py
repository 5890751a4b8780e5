"""The explanation: a page of words, wrapped, with a sign and a colour for every tone."""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Size
from textual.strip import Strip

from portview.knowledge.page import Line, Page, Tone
from portview.tui import looks
from portview.tui.keys import PANEL, bindings
from portview.tui.units import count
from portview.tui.widgets.titled import Titled

LABEL_WIDTH, MOST_LABEL_WIDTH = 13, 16
"""Cells for the labels of a page, where they stand beside their lines."""
BESIDE_FROM = 66
"""From this width on labels stand beside the lines, below it above them."""
AIRY_FROM = 32
"""From this height on an empty line stands between all sections, below it only around labels above lines."""
AIR = 1
"""Cells between the words and the scroll bar."""

STRONG = Style(bold=True)

LOUD = frozenset({Tone.STRONG, Tone.WARN, Tone.BAD, Tone.COMMAND})
"""Tones that mark the whole line; of the others the sign alone has a colour."""


class Piece(NamedTuple):
    """Part of a line: its text, the look that colours it, and whether it is bold."""

    text: str
    look: str
    strong: bool = False


class Panel(Titled, can_focus=True):
    """Shows one page at a time and keeps its place while the same page is brought up to date."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*looks.LOOKS}
    BINDINGS: ClassVar[list[BindingType]] = bindings(PANEL)

    def __init__(self, title: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = title
        self._page = Page("", ())
        self._lines: list[list[Piece]] = []
        self._wrapped_at = 0, False

    @property
    def page(self) -> Page:
        """What is shown."""
        return self._page

    def show(self, page: Page) -> None:
        """Show a page; another title starts at its top."""
        if page == self._page:
            return
        another = page.title != self._page.title
        self._page, before = page, self._lines
        self._wrapped_at = 0, False
        self._wrap()
        if another:
            self.scroll_to(y=0, animate=False)
        if self.styles.is_auto_height and len(self._lines) != len(before):
            self.refresh(layout=True)
        top = self.scroll_offset.y
        for y in range(top, top + self.size.height):
            if self._lines[y : y + 1] != before[y : y + 1]:
                self.refresh_line(y)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the page fills where the height is left to it."""
        return sum(1 for _ in wrap(self._page, width - AIR))

    def on_resize(self) -> None:
        """Wrap again at the new width."""
        self._wrap()
        self.refresh()

    def action_half_page(self, direction: int) -> None:
        """Scroll by half the height."""
        self.scroll_relative(y=direction * max(self.size.height // 2, 1), animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Say how much is below."""
        super().watch_scroll_y(old_value, new_value)
        self._say_more()

    def _say_more(self) -> None:
        below = len(self._lines) - self.scroll_offset.y - self.scrollable_content_region.height
        more = f"{count(below, 'more line')} ↓" if below > 0 else ""
        self.entitle(" · ".join(filter(None, (self._title, more))))

    def _wrap(self) -> None:
        width, airy = self.scrollable_content_region.width, self.size.height >= AIRY_FROM
        if width > 0 and (width, airy) != self._wrapped_at:
            self._wrapped_at = width, airy
            self._lines = list(wrap(self._page, width - AIR, airy=airy))
            self.lengthen(len(self._lines))
        self._say_more()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        width = self.scrollable_content_region.width
        y += self.scroll_offset.y
        pieces = self._lines[y] if y < len(self._lines) else []
        segments = [Segment(piece.text, self._style(piece)) for piece in pieces]
        return Strip(segments).adjust_cell_length(width, self.get_component_rich_style(looks.PLAIN))

    def _style(self, piece: Piece) -> Style:
        style = self.get_component_rich_style(piece.look)
        return style + STRONG if piece.strong else style


def wrap(page: Page, width: int, *, airy: bool = False) -> Iterator[list[Piece]]:
    """Lay a page out as lines of pieces, at most `width` cells each; `airy` parts all sections."""
    for text in _folded(looks.TONE_SIGNS[page.tone] + page.title, width):
        yield [Piece(text, looks.TONE_LOOKS[page.tone], strong=True)]
    close = False
    short = [len(section.label) + 1 for section in page.sections if len(section.label) < MOST_LABEL_WIDTH]
    room = max(LABEL_WIDTH, *short, 0)
    for section in page.sections:
        beside = width >= BESIDE_FROM and 0 < len(section.label) < room
        if not (close and beside):
            yield []
        close = beside and not airy
        indent = room if beside else 2 if section.label else 0
        label = section.label if beside else ""
        if section.label and not beside:
            yield [Piece(section.label, looks.LABEL)]
        for line in section.lines:
            for pieces in _hanging(line, width - indent):
                yield [Piece(f"{label:<{indent}}", looks.LABEL), *pieces]
                label = ""


def _hanging(line: Line, width: int) -> Iterator[list[Piece]]:
    """A line behind its sign; what does not fit goes on below the text, not below the sign."""
    sign, look = looks.TONE_SIGNS[line.tone], looks.TONE_LOOKS[line.tone]
    words = look if line.tone in LOUD else looks.PLAIN
    indent = 2 if sign else 0
    first, *rest = _folded(sign + line.text, width, indent)
    yield [Piece(first[: len(sign)], look), Piece(first[len(sign) :], words)]
    for text in rest:
        yield [Piece(" " * indent + text, words)]


def _folded(text: str, width: int, indent: int = 0) -> list[str]:
    """Text in lines; those after the first leave room for an indent."""
    content = looks.plain(text)
    lines = content.wrap(max(width, 2))
    if len(lines) > 1 and indent:
        head = lines[0].plain
        rest = looks.plain(content.plain[len(head) :].lstrip()).wrap(max(width - indent, 2))
        lines = [lines[0], *rest]
    return [line.plain.rstrip() for line in lines]
