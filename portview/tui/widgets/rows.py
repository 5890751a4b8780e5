"""A list of any length with a cursor: only the lines in view are ever drawn.

A line is drawn again only when its own row changed, so a live list that stands still costs nothing
and one changed row costs one line, also over a slow link and with 65,535 rows.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from portview.text import clean
from portview.tui import looks
from portview.tui.keys import ROWS, bindings
from portview.tui.widgets.columns import GAP, Column, fit
from portview.tui.widgets.titled import Titled

T = TypeVar("T")

MARK = "▶ "
"""Stands before the selected row; as wide as the space before the others."""
HEADER_LINES = 1
LEAST_ROOM, MOST_ROOM = 3, 200
"""Rows for which a list asks, however few or many it has."""
SAMPLE = 100
"""Rows out of view that are measured to find out how wide the columns have to be."""


class Cell(NamedTuple):
    """A cell's text and the look that colours it."""

    text: str
    look: str = looks.PLAIN


class Rows(Titled, Generic[T], can_focus=True):
    """Shows items as rows; the cursor stays on its item, known by key, while items come and go."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", *looks.LOOKS}
    BINDINGS: ClassVar[list[BindingType]] = bindings(ROWS)

    class Chosen(Message):
        """The row that was selected already was clicked."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        key: Callable[[T], Hashable],
        cells: Callable[[T], Sequence[Cell]],
        on_select: Callable[[], object] = lambda: None,
        empty: str = "",
        id: str | None = None,
    ) -> None:
        """`on_select` is called when the selected item is another one or has changed.

        A message would arrive after the lines with the cursor have been drawn: two pictures for a key.
        """
        super().__init__(id=id)
        self._columns = tuple(columns)
        self.key = key
        self.cells = cells
        self._on_select = on_select
        self._empty = empty
        self._items: Sequence[T] = ()
        self._cursor = 0
        self._needs = self._needs_of_titles()
        self._fitted: tuple[int, list[int]] = -1, []
        self._room = LEAST_ROOM

    @property
    def selected(self) -> T | None:
        """The item under the cursor."""
        return self._items[self._cursor] if self._items else None

    @property
    def items(self) -> Sequence[T]:
        """What is shown, in order."""
        return self._items

    def show(self, items: Sequence[T]) -> None:
        """Show these items in this order; draw only the lines in view that are different now."""
        before, self._items = self._items, items
        selected = before[self._cursor] if before else None
        old_cursor = self._cursor
        self._cursor = self._place_of(selected) if selected is not None else 0
        if len(items) != len(before):
            self._resize()
        if not items:
            self._needs = self._needs_of_titles()
        self._measure(place for place in self._sample() if _at(before, place) != items[place])
        for place in self._places_in_view():
            moved = (place == old_cursor) != (place == self._cursor)
            if moved or _at(before, place) != _at(items, place):
                self._draw(place)
        if self._cursor != old_cursor:
            self._follow()
        if self.selected != selected:
            self._on_select()

    def select(self, key: Hashable) -> bool:
        """Move the cursor to the item with this key; False when there is none."""
        for place, item in enumerate(self._items):
            if self.key(item) == key:
                self._move_to(place)
                return True
        return False

    def say_when_empty(self, text: str) -> None:
        """What stands in the list while it has no rows."""
        if text != self._empty:
            self._empty = text
            self._draw(0)

    def retitle(self, columns: Sequence[Column]) -> None:
        """Take other columns, or the same under other titles."""
        self._columns = tuple(columns)
        self.refresh(Region(0, 0, self.size.width, HEADER_LINES))
        self._measure_anew()

    def _place_of(self, item: T) -> int:
        """Where an item is now; where it is gone, the nearest place to where it was."""
        key = self.key(item)
        last = max(len(self._items) - 1, 0)
        near = min(self._cursor, last)
        if self._items and self.key(self._items[near]) == key:
            return near
        # Rows come and go around it: it is seldom far from where it was.
        for distance in range(1, len(self._items)):
            for place in (near - distance, near + distance):
                if 0 <= place <= last and self.key(self._items[place]) == key:
                    return place
        return near

    # --- the cursor -----------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Move the cursor by a number of rows."""
        self._move_to(self._cursor + by)

    def action_page(self, halves: int) -> None:
        """Move the cursor by halves of the height."""
        self._move_to(self._cursor + halves * max(self._rows_high() // 2, 1))

    def action_edge(self, end: bool) -> None:
        """Move the cursor to the first or the last row."""
        self._move_to(len(self._items) - 1 if end else 0)

    def on_click(self, event: events.Click) -> None:
        """Select the row that was clicked; the selected one is chosen by that."""
        place = event.y - self.gutter.top - HEADER_LINES + self.scroll_offset.y
        if event.y >= self.gutter.top + HEADER_LINES and place < len(self._items):
            if place == self._cursor:
                self.post_message(self.Chosen())
            self._move_to(place)

    def _move_to(self, place: int) -> None:
        place = max(0, min(place, len(self._items) - 1))
        if place == self._cursor:
            return
        before, self._cursor = self._cursor, place
        self._draw(before)
        self._draw(place)
        self._follow()
        self._on_select()

    def _follow(self) -> None:
        """Keep the selected row in view."""
        top, high = self.scroll_offset.y, self._rows_high()
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._cursor >= top + high:
            self.scroll_to(y=self._cursor - high + 1, animate=False, force=True)

    # --- the columns ----------------------------------------------------------------------------

    def _measure_anew(self) -> None:
        """Forget what was there before; columns shrink in no other case."""
        self._needs = self._needs_of_titles()
        self._measure(self._sample())
        self._make_room(LEAST_ROOM)

    def _measure(self, places: Iterable[int]) -> None:
        """Let the columns grow to what these rows need."""
        needs = self._needs
        for place in places:
            cells = self.cells(self._items[place])
            needs = [max(need, cell_len(clean(cell.text))) for need, cell in zip(needs, cells, strict=False)]
        self._needs = needs
        width, widths = self._fitted
        if widths and fit(self._columns, needs, width) != widths:
            self._fitted = -1, []
            self.refresh()

    def _sample(self) -> Iterable[int]:
        """The places in view, and some of all others."""
        last = len(self._items)
        yield from (place for place in self._places_in_view() if place < last)
        yield from range(0, last, last // SAMPLE + 1)

    def _needs_of_titles(self) -> list[int]:
        return [cell_len(column.title) for column in self._columns]

    def _widths(self, width: int) -> list[int]:
        if width != self._fitted[0]:
            self._fitted = width, fit(self._columns, self._needs, width)
        return self._fitted[1]

    # --- the height, where the style says `auto` ------------------------------------------------

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lines for the titles and the rows."""
        return HEADER_LINES + self._room

    def on_focus(self) -> None:
        """Take no more room than the rows need now; while one reads them it only grows."""
        self._make_room(LEAST_ROOM)

    def _make_room(self, least: int) -> None:
        """Lay the screen out anew where that changes, which it does not beyond what any screen holds."""
        room = min(max(least, len(self._items)), MOST_ROOM)
        if room != self._room:
            self._room = room
            if self.styles.is_auto_height:
                self.refresh(layout=True)

    # --- drawing --------------------------------------------------------------------------------

    def _rows_high(self) -> int:
        return max(self.scrollable_content_region.height - HEADER_LINES, 1)

    def _resize(self) -> None:
        self.lengthen(len(self._items) + HEADER_LINES)
        self._make_room(self._room)
        if not self._items:
            self._draw(0)

    def _places_in_view(self) -> range:
        top = self.scroll_offset.y
        return range(top, top + self._rows_high())

    def _draw(self, place: int) -> None:
        self.refresh_line(place + HEADER_LINES)

    def on_resize(self) -> None:
        """Another height may leave the cursor out of view."""
        self._follow()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget: the column titles, a row, or nothing."""
        width = self.scrollable_content_region.width
        if y < HEADER_LINES:
            return self._strip([Cell(column.title, looks.LABEL) for column in self._columns], width)
        place = self.scroll_offset.y + y - HEADER_LINES
        if place < len(self._items):
            return self._row(place, width)
        if not self._items and y == HEADER_LINES:
            style = self.get_component_rich_style(looks.MUTED)
            text = _in_width(" " * len(MARK) + clean(self._empty), width, right=False)
            return Strip([Segment(text, style)], width)
        return Strip.blank(width, self.get_component_rich_style(looks.PLAIN))

    def _row(self, place: int, width: int) -> Strip:
        cells = self.cells(self._items[place])
        if place != self._cursor:
            return self._strip(cells, width)
        return self._strip(cells, width, self.get_component_rich_style("rows--cursor"), MARK)

    def _strip(
        self, cells: Sequence[Cell], width: int, over: Style | None = None, mark: str = " " * len(MARK)
    ) -> Strip:
        """Lay cells out in the columns, those beyond them left out; `over` is the whole line's style.

        A line that is reversed has one colour: the words' own would be patches of as many colours.
        """
        base = over or self.get_component_rich_style(looks.PLAIN)
        segments = [Segment(mark, base)]
        gap = Segment(" " * GAP, base)
        widths = self._widths(width - len(MARK))
        for column, cell, size in zip(self._columns, cells, widths, strict=False):
            if size:
                look = looks.PLAIN if base.reverse else cell.look
                style = self.get_component_rich_style(look, partial=True)
                text = _in_width(clean(cell.text), size, right=column.right)
                segments += [Segment(text, base + style), gap]
        return Strip(segments).adjust_cell_length(width, base)


def _at(items: Sequence[T], place: int) -> T | None:
    return items[place] if place < len(items) else None


def _in_width(text: str, width: int, *, right: bool) -> str:
    """Make text exactly `width` cells wide; what is cut ends in an ellipsis."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + "…"
    return " " * (width - size) + text if right else text + " " * (width - size)
