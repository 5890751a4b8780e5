"""Pane 4: what ports, outcomes and causes mean."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Input

from portview.knowledge.page import Page
from portview.tui import looks
from portview.tui.keys import REFERENCE, bindings
from portview.tui.panes.pane import Pane
from portview.tui.units import count
from portview.tui.widgets.columns import Column
from portview.tui.widgets.field import Field
from portview.tui.widgets.form import Form
from portview.tui.widgets.rows import Cell, Rows

if TYPE_CHECKING:
    from portview.knowledge.reference import Entry

_COLUMNS = (Column("KIND", 8), Column("TITLE", 44, 100), Column("ID", 14, 20, rank=1))


class ReferencePane(Pane["Entry"]):
    """A search field, the entries that match, and the page of the selected one."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(REFERENCE)

    def form(self) -> Iterable[Widget]:
        """What to look for."""
        yield Form(
            (("Search", Field(placeholder="a port, a service, an error, a question", id="search")),),
            "Ports and services, outcomes and causes, questions and answers.",
        )

    def make_rows(self) -> "Rows[Entry]":
        """The entries."""
        return Rows(_COLUMNS, key=lambda entry: entry.id, cells=_cells, empty="looking it up")

    def focus_first(self) -> None:
        """Without a search there is something to type first."""
        if self.query_one(Field).value:
            self.go_to(self.rows)
        else:
            self.action_type()

    def on_show(self) -> None:
        """Load the entries when the pane is first looked at."""
        if not self.rows.items:
            self._search()

    @on(Input.Changed)
    def _search(self) -> None:
        query = self.query_one(Field).value.strip()
        entries = self.services.search(query)
        self.rows.say_when_empty("nothing is known about that")
        self.rows.show(entries)
        if query:
            self.rows.action_edge(False)
        self.rows.entitle(count(len(entries), "entry", "entries"))
        self._explain()

    @on(Input.Submitted)
    def _to_list(self) -> None:
        self.go_to(self.rows)

    @on(Rows.Selected)
    def _explain(self) -> None:
        """Keep the panel about the selected entry."""
        self.refresh_bindings()
        entry = self.rows.selected
        self.panel.show(self.services.entry_page(entry) if entry else Page("Nothing is selected", ()))

    def way_back(self) -> bool:
        """A search can be cleared."""
        return bool(self.query_one(Field).value) or super().way_back()

    def action_back(self) -> None:
        """From the list, the search is cleared."""
        if self.is_at(self.rows):
            self.query_one(Field).value = ""
        super().action_back()


def _cells(entry: "Entry") -> tuple[Cell, ...]:
    return Cell(entry.kind, looks.MUTED), Cell(entry.title), Cell(entry.id, looks.MUTED)
