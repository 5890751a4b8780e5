"""The palette: find any action by what it does, and any port, process or past knock by its words."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from portview.tui import looks
from portview.tui.keys import PALETTE, bindings
from portview.tui.widgets.columns import Column
from portview.tui.widgets.field import Field
from portview.tui.widgets.lines import KeyLine
from portview.tui.widgets.rows import Cell, Rows

MOST = 200
"""Finds that are listed: who needs more types more."""

_COLUMNS = (Column("KEY", 9, rank=2), Column("WHAT", 20, 160), Column("WHERE", 9, rank=1))


class Entry(NamedTuple):
    """Something to be found: its words, where it belongs, its key, and what to do when it is chosen."""

    text: str
    place: str
    keys: str
    run: Callable[[], Awaitable[object] | object]


class Palette(ModalScreen[Entry | None]):
    """A field, and below it what it finds; the chosen entry is the screen's result."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PALETTE)

    def __init__(self, entries: Iterable[Entry]) -> None:
        super().__init__()
        self._entries = tuple(entries)

    def compose(self) -> ComposeResult:
        """The field and the finds, over the panes."""
        with Vertical():
            yield Field(placeholder="an action, a port, a process, a host", id="wanted")
            yield Rows[Entry](_COLUMNS, key=id, cells=_cells, empty="nothing is called so")
            yield KeyLine()

    def on_mount(self) -> None:
        """Everything is found at first, what can be done foremost."""
        self._find()
        self.set_focus(self.query_one(Field))

    @on(Input.Changed)
    def _find(self) -> None:
        rows: Rows[Entry] = self.query_one(Rows)
        finds = found(self._entries, self.query_one(Field).value)
        rows.entitle(f"{len(finds):,} of {len(self._entries):,}")
        rows.show(finds)
        rows.action_edge(False)

    @on(Input.Submitted)
    @on(Rows.Chosen)
    def _choose(self) -> None:
        self.dismiss(self.query_one(Rows).selected)

    @on(Field.Handled)
    def _say_handled(self, message: Field.Handled) -> None:
        message.event.set()

    def action_move(self, by: int) -> None:
        """Move the cursor while the field keeps the focus."""
        self.query_one(Rows).action_move(by)

    def action_page(self, halves: int) -> None:
        """Move the cursor by halves of the height."""
        self.query_one(Rows).action_page(halves)

    def action_close(self) -> None:
        """Back to the panes, with nothing chosen."""
        self.dismiss(None)


def found(entries: Sequence[Entry], query: str) -> list[Entry]:
    """The entries that have every word of the query; those that have them at the start of a word first."""
    words = query.casefold().split()
    ranked: list[tuple[int, Entry]] = []
    for entry in entries:
        text = f" {entry.text} {entry.place}".casefold()
        if all(word in text for word in words):
            ranked.append((sum(f" {word}" not in text for word in words), entry))
    ranked.sort(key=lambda pair: pair[0])
    return [entry for _, entry in ranked[:MOST]]


def _cells(entry: Entry) -> tuple[Cell, ...]:
    return Cell(entry.keys, looks.ACCENT), Cell(entry.text), Cell(entry.place, looks.MUTED)
