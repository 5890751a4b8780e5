"""Pane 4: what ports, outcomes and causes mean, and what this machine shows of it."""

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from portview.knowledge.page import Page
from portview.text import clean
from portview.tui import looks
from portview.tui.keys import REFERENCE, bindings
from portview.tui.panes.pane import Pane
from portview.tui.services import Services
from portview.tui.subject import Subject
from portview.tui.units import count
from portview.tui.widgets.columns import Column
from portview.tui.widgets.field import Field
from portview.tui.widgets.form import Form
from portview.tui.widgets.rows import Cell, Rows

if TYPE_CHECKING:
    from portview.diagnose.live_examples import ThisMachine
    from portview.knowledge.entries import Entry

_COLUMNS = (Column("KIND", 8), Column("TITLE", 44, 100), Column("ID", 14, 24, rank=1))

_FARTHEST = 50
"""Steps that Esc can go back."""

_WEAK = "Nothing fits well; nearest:"


@dataclass(frozen=True, slots=True)
class _Place:
    """A list that was looked at: its entries, its title, and which one was selected."""

    entries: "Sequence[Entry]"
    title: str
    selected: str


class ReferencePane(Pane["Entry"]):
    """A search field, the entries that match, and the page of the selected one.

    From any entry `n` leads to those related to it, and from there on; Esc leads back the same way.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(REFERENCE)

    class MachineRead(Message):
        """This machine's sockets were read, for the live examples."""

        def __init__(self, machine: "ThisMachine") -> None:
            super().__init__()
            self.machine = machine

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._machine: ThisMachine | None = None
        self._host: str | None = None  # the one that commands by hand are filled in for
        self._title = ""
        self._trail: deque[_Place] = deque(maxlen=_FARTHEST)

    def form(self) -> Iterable[Widget]:
        """What to look for."""
        yield Form(
            (("Search", Field(placeholder="a port, a service, an error, a question", id="search")),),
            "Try  5244  8000-8100  udp  risk:high  refused  can two programs share a port?",
        )

    def make_rows(self) -> "Rows[Entry]":
        """The entries."""
        return Rows(
            _COLUMNS,
            key=lambda entry: entry.id,
            cells=_cells,
            on_select=self._explain,
            empty="looking it up",
        )

    def focus_first(self) -> None:
        """Without a search there is something to type first."""
        if self.query_one(Field).value or self._trail:
            self.go_to(self.rows)
        else:
            self.action_type()

    def on_show(self) -> None:
        """Load the entries when the pane is first looked at, and read this machine each time."""
        if not self.rows.items:
            self._search()
        self._read_machine()

    def open(self, subject: Subject) -> None:
        """Show the page that is wanted, or what is known of a port; its commands name the host."""
        self._host = clean(subject.host) if subject.host else None
        if subject.entry is not None:
            self.show_entry(subject.entry)
        elif subject.port is not None:
            self.show_entry(f"{subject.port}/{subject.protocol}")

    def bookmark(self) -> Hashable:
        """The search and the selected entry."""
        return self.query_one(Field).value, super().bookmark()

    def restore(self, bookmark: Hashable) -> None:
        """Search for the same again; an entry that was led to is led to again."""
        if not isinstance(bookmark, tuple):
            super().restore(bookmark)
            return
        searched, selected = bookmark
        with self.prevent(Input.Changed):
            self.query_one(Field).value = searched
        self._search()
        if selected is not None and not self.rows.select(selected):
            self.show_entry(selected)
        self.go_to(self.rows)

    def show_entry(self, entry_id: str) -> None:
        """Show an entry, a port or whatever was named in full, with what is related to it."""
        if entry := self.services.entry(entry_id):
            if not self.rows.items:
                self._search()
            self._lead_to(entry)
            self.go_to(self.rows)

    # --- this machine ---------------------------------------------------------------------------

    @work(thread=True, exclusive=True, exit_on_error=False, group="machine")
    def _read_machine(self) -> None:
        self.post_message(self.MachineRead(self.services.machine()))

    def on_reference_pane_machine_read(self, message: MachineRead) -> None:
        """Show its examples."""
        self._machine = message.machine
        self._explain()

    # --- the list -------------------------------------------------------------------------------

    @on(Input.Changed)
    def _search(self) -> None:
        query = self.query_one(Field).value.strip()
        entries = self.services.search(query)
        self._trail.clear()
        if not entries:
            near = ", ".join(self.services.suggest(query))
            self.rows.say_when_empty(f"nothing fits; try {near}" if near else "nothing is known about that")
        fits = not entries or self.services.fits(query, entries[0])
        self._list(entries, count(len(entries), "entry", "entries") if fits else _WEAK)
        if query:
            self.rows.action_edge(False)

    def _list(self, entries: "Sequence[Entry]", title: str) -> None:
        self._title = title
        self.rows.show(entries)
        self.rows.entitle(title)
        self._explain()

    def _lead_to(self, entry: "Entry") -> None:
        """List an entry before its neighbours, and remember what was listed."""
        selected = self.rows.selected
        self._trail.append(_Place(self.rows.items, self._title, selected.id if selected else ""))
        self._list((entry, *self.services.neighbours(entry)), f"Related to {entry.title}")
        self.rows.action_edge(False)

    @on(Input.Submitted)
    def _to_list(self) -> None:
        self.go_to(self.rows)

    def _explain(self) -> None:
        """Keep the panel about the selected entry."""
        self.refresh_bindings()
        entry = self.rows.selected
        page = (
            self.services.entry_page(entry, self._machine, self._host)
            if entry
            else Page("Nothing is selected", ())
        )
        self.panel.show(page)

    # --- keys -----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is related to nothing."""
        if action == "neighbours":
            return self.rows.selected is not None
        return super().check_action(action, parameters)

    def action_neighbours(self) -> None:
        """List what is related to the selected entry."""
        if entry := self.rows.selected:
            self._lead_to(entry)
            self.go_to(self.rows)

    def way_back(self) -> bool:
        """A trail can be walked back, and a search can be cleared."""
        return bool(self._trail or self.query_one(Field).value) or super().way_back()

    def action_back(self) -> None:
        """From the list, walk back; at the beginning of the trail the search is cleared."""
        if not self.is_at(self.rows):
            super().action_back()
        elif self._trail:
            place = self._trail.pop()
            self._list(place.entries, place.title)
            self.rows.select(place.selected)
        else:
            self.query_one(Field).value = ""


def _cells(entry: "Entry") -> tuple[Cell, ...]:
    # Which of several services on its port an entry is stands in its title.
    name = entry.id.partition(" ")[0] if entry.kind == "port" else entry.id
    return Cell(entry.kind, looks.MUTED), Cell(entry.title), Cell(name, looks.MUTED)
