"""What all panes share: a form or filter above, a list, and the explanation of the selected row."""

from collections.abc import Hashable, Iterable, Iterator
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from portview.knowledge.load import phrases
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.template import fill
from portview.text import clean
from portview.tui.copying import copy
from portview.tui.log import LOG, log_file
from portview.tui.services import Services
from portview.tui.steps import Steps
from portview.tui.subject import Subject
from portview.tui.views import Choice
from portview.tui.widgets.field import Field
from portview.tui.widgets.panel import Panel
from portview.tui.widgets.rows import Rows

T = TypeVar("T")


FILTERS = "#filter, #search"
"""The fields whose last contents `u` brings back."""


class Find(NamedTuple):
    """One row as the palette finds it: its words, and the key of its item in the list."""

    text: str
    key: Hashable


class Guide(Protocol):
    """The app, as far as panes need it."""

    async def go(self, name: str, subject: Subject) -> None:
        """Show another pane with a subject; Backspace leads back."""


# What subclasses must bring raises NotImplementedError: of a class with abstract methods, neither
# Textual's metaclass nor its `query(Pane)` knows what to make (ABCMeta, mypy's type-abstract).
class Pane(Vertical, Generic[T]):
    """A pane; its subclasses say what stands above, what is listed and what the keys do."""

    CHOICES: ClassVar[tuple[Choice, ...]] = ()
    """What can be chosen here and is remembered: `self.services.views.get(SORT)`."""

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(id=id)
        self.services = services
        self._filters = Steps("")
        self._recalled = False

    def compose(self) -> ComposeResult:
        """The form on top; list and explanation side by side, or stacked where it is narrow."""
        yield from self.form()
        with Container(classes="split"):
            yield self.make_rows()
            yield Panel("Explanation")

    def form(self) -> Iterable[Widget]:
        """What stands above the list."""
        raise NotImplementedError

    def make_rows(self) -> Rows[T]:
        """The list, without rows yet."""
        raise NotImplementedError

    @property
    def panel(self) -> Panel:
        """The explanation of the selected row."""
        return self.query_one(Panel)

    @property
    def rows(self) -> Rows[T]:
        """The list."""
        return self.query_one(Rows)

    def go_to(self, widget: Widget) -> None:
        """Move the focus now; `Widget.focus` would let keys typed ahead pass first."""
        self.screen.set_focus(widget)

    def is_at(self, widget: Widget) -> bool:
        """Whether the next key is for this widget."""
        return self.screen.focused is widget

    def focus_first(self) -> None:
        """Where the focus goes when the pane is opened."""
        self.go_to(self.rows)

    def on_show(self) -> None:
        """Bring the past back when the pane is first looked at."""
        self.recall()

    def recall(self) -> None:
        """Read what is kept of earlier starts, once."""
        if not self._recalled:
            self._recalled = True
            self.read_past()

    def read_past(self) -> object:
        """Begin to read it in a thread; a pane that keeps nothing has nothing to read."""

    # --- from pane to pane ----------------------------------------------------------------------

    def subject(self) -> Subject | None:
        """What the selected row is about; None where it leads to no other pane."""
        return None

    def entry(self) -> str | None:
        """The handbook's page that says more about what the selected row shows."""
        return None

    def open(self, subject: Subject) -> None:
        """Show what another pane handed over, as if it had been typed here."""

    def bookmark(self) -> Hashable:
        """Where one is, for the way back; None for nowhere."""
        selected = self.rows.selected
        return None if selected is None else self.rows.key(selected)

    def restore(self, bookmark: Hashable) -> None:
        """Go back to where one was, as far as it is still there."""
        if bookmark is not None and self.rows.select(bookmark):
            self.go_to(self.rows)

    def finds(self) -> Iterator[Find]:
        """Everything here that the palette can find: each row by all its cells."""
        for item in self.rows.items:
            text = "  ".join(cell.text for cell in self.rows.cells(item) if cell.text)
            yield Find(text, self.rows.key(item))

    async def _hand_over(self, pane: str, subject: Subject | None) -> None:
        """Be there before the next key is looked at: a message might be overtaken by it."""
        if subject:
            await cast(Guide, self.app).go(pane, subject)

    async def action_probe(self) -> None:
        """Knock at the selected port."""
        await self._hand_over("probe", self.subject())

    async def action_scan(self) -> None:
        """Scan the host of the selected row."""
        await self._hand_over("scan", self.subject())

    async def action_about(self) -> None:
        """Show what the port of the selected row is."""
        await self._hand_over("reference", self.subject())

    async def action_handbook(self) -> None:
        """Show the handbook's page about such an ending."""
        entry = self.entry()
        await self._hand_over("reference", Subject(entry=entry) if entry else None)

    # --- what runs, and the way out -------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something runs that can be cancelled."""
        return False

    def cancel(self) -> None:
        """Cancel what runs."""

    def way_back(self) -> bool:
        """Whether Esc leads anywhere."""
        return not self.is_at(self.rows)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what is possible now."""
        if action == "cancel":  # one who types or reads first comes back from there
            return self.busy and self.is_at(self.rows)
        if action == "back":
            return self.way_back()
        if action == "details":
            return self.is_at(self.rows) and self.rows.selected is not None
        if action in ("scan", "about"):
            subject = self.subject()
            return subject is not None and (action == "about" or subject.host is not None)
        if action == "handbook":
            return self.entry() is not None
        if action == "undo":
            return self._filters.can_undo
        return action not in ("probe", "copy") or self.rows.selected is not None

    def action_type(self) -> None:
        """Go to the first field."""
        self.go_to(self.query(Input).first())

    @on(Field.Handled)
    def _say_handled(self, message: Field.Handled) -> None:
        """All that Enter set going in this pane is done."""
        message.event.set()

    @on(Rows.Chosen)
    def action_details(self) -> None:
        """Go to the explanation; where both are small, it takes the place of the list."""
        self.add_class("-reading")
        self.go_to(self.panel)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Whoever leaves the explanation sees the list again."""
        if event.widget is not self.panel:
            self.remove_class("-reading")

    def action_back(self) -> None:
        """One step back: out of the details or a field."""
        self.go_to(self.rows)

    def action_cancel(self) -> None:
        """Cancel what runs."""
        self.cancel()

    def action_copy(self) -> None:
        """Copy the explanation: through the terminal, which never confirms it, and into a file."""
        self.app.notify(copy(self.app, self.panel.page.text()), timeout=6, markup=False)

    @on(Input.Changed, FILTERS)
    @on(Input.Submitted, FILTERS)
    def _note_filter(self, event: Input.Changed | Input.Submitted) -> None:
        """A filter is a step once it is used or changed from outside, not with every letter."""
        if isinstance(event, Input.Submitted) or not event.input.has_focus:
            self._filters.step(event.value.strip())
            self.refresh_bindings()

    def action_undo(self) -> None:
        """Bring the filter back that was there before."""
        field = self.query(FILTERS).first(Field)
        field.value = self._filters.undo()
        field.display = True
        self.refresh_bindings()

    def on_unmount(self) -> None:
        """Nothing may run on when the program ends."""
        self.cancel()

    @on(Worker.StateChanged)
    def tell_failure(self, event: Worker.StateChanged) -> None:
        """A worker's exception is shown, never swallowed."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.failed(event.worker.error)

    def failed(self, error: BaseException) -> None:
        """Show an exception that portview did not foresee."""
        self.panel.show(failure_page(error))


def failure_page(error: BaseException) -> Page:
    """A page for an exception that portview did not foresee, which goes into the log as well."""
    LOG.error("unforeseen", exc_info=error)
    what = clean(f"{type(error).__name__}: {error}", 500)
    words, file = phrases("screen")["failure"], log_file()
    return Page(
        "Something went wrong inside portview",
        (
            Section("", (Line(what, Tone.BAD),)),
            Section("", (Line(words["defect"]),)),
            Section("", (Line(fill(words["logged"], {"file": clean(file)}) if file else words["log"]),)),
        ),
        Tone.BAD,
    )
