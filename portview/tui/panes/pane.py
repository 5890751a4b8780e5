"""What all panes share: a form or filter above, a list, and the explanation of the selected row."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from portview.knowledge.page import Line, Page, Section, Tone
from portview.text import clean
from portview.tui.services import Services
from portview.tui.widgets.panel import Panel
from portview.tui.widgets.rows import Rows
from portview.vocabulary import Protocol

T = TypeVar("T")


class Pane(Vertical, Generic[T]):
    """A pane; its subclasses say what stands above, what is listed and what the keys do."""

    @dataclass
    class ProbeWanted(Message):
        """Go to the probe pane and knock there."""

        host: str
        port: int
        protocol: Protocol

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(id=id)
        self.services = services

    def compose(self) -> ComposeResult:
        """The form on top; list and explanation side by side, or stacked where it is narrow."""
        yield from self.form()
        with Container(classes="split"):
            yield self.make_rows()
            yield Panel()

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
        if action == "cancel":
            return self.busy
        if action == "back":
            return self.way_back()
        if action == "details":
            return self.is_at(self.rows) and self.rows.selected is not None
        return action not in ("probe", "copy") or self.rows.selected is not None

    def action_type(self) -> None:
        """Go to the first field."""
        self.go_to(self.query(Input).first())

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
        """Copy the explanation through the terminal (OSC 52), which never confirms it."""
        self.app.copy_to_clipboard(self.panel.page.text())
        self.app.notify("Sent to the terminal's clipboard.", timeout=3, markup=False)

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
    """A page for an exception that portview did not foresee."""
    what = clean(f"{type(error).__name__}: {error}", 500)
    return Page(
        "Something went wrong inside portview",
        (
            Section("", (Line(what, Tone.BAD),)),
            Section("", (Line("This is a defect of portview, not of your input. The rest still works."),)),
        ),
        Tone.BAD,
    )
