"""Pane 1: what is open on this machine, who owns it, and who can reach it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on, work
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from portview.errors import BadInput
from portview.knowledge.page import Line, Page, Section
from portview.sockets.connections import state_counts
from portview.sockets.records import Reach, Snapshot
from portview.sockets.scope import ANY
from portview.tui.keys import LOCAL, bindings
from portview.tui.panes.hand_on import HandOn
from portview.tui.panes.local_columns import EVERYTHING, LISTENERS, Field, cells, in_order
from portview.tui.panes.marks import Mark, Marks, Shown
from portview.tui.services import Services
from portview.tui.subject import Subject
from portview.tui.units import count
from portview.tui.views import Choice
from portview.tui.widgets.columns import Column
from portview.tui.widgets.field import Field as TextField
from portview.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from portview.diagnose.survey import Survey

SORT = Choice("local", "sort", tuple(field.column.title.lower() for field in LISTENERS))
ORDER = Choice("local", "order", ("ascending", "descending"))
_MOST_STATES = 3


class LocalView(NamedTuple):
    """What the user has chosen to see; the order of listeners is kept from one run to the next."""

    filter: str = ""
    everything: bool = False
    sort: int = 0
    descending: bool = False


class LocalPane(HandOn):
    """A live list of sockets."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(LOCAL)
    CHOICES: ClassVar[tuple[Choice, ...]] = (SORT, ORDER)

    @dataclass
    class Read(Message):
        """A snapshot has been taken: of all sockets, or of listeners alone."""

        snapshot: Snapshot
        everything: bool

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._survey: Survey | None = None
        self._watch = Marks()
        self._shown: list[Shown] = []
        self._view = self._listeners("")
        self._paused = False
        self._reading = False

    def form(self) -> Iterable[Widget]:
        """The filter, out of sight until it is wanted."""
        field = TextField(placeholder=":443  nginx  user:root  reach:network  !udp", id="filter")
        field.display = False
        yield field

    def make_rows(self) -> Rows[Shown]:
        """The sockets."""
        return Rows(
            self._columns(),
            key=lambda shown: shown.key,
            cells=lambda shown: cells(shown, self._fields, self._known),
            on_select=self._explain,
            empty="reading the sockets of this machine",
        )

    def on_mount(self) -> None:
        """Read now, and then again and again."""
        self.set_interval(self.services.settings.refresh_s, self._tick)
        self._read()
        self._retitle()

    # --- reading --------------------------------------------------------------------------------

    def _tick(self) -> None:
        if self.display and not self._paused:
            self._read()

    def _read(self) -> None:
        if not self._reading:
            self._reading = True
            self._take_snapshot(self._view.everything)

    @work(thread=True, exit_on_error=False, group="snapshot")
    def _take_snapshot(self, everything: bool) -> None:
        self.post_message(self.Read(self.services.snapshot(everything), everything))

    def failed(self, error: BaseException) -> None:
        """The next reading may do better."""
        self._reading = False
        self.rows.say_when_empty("the sockets could not be read")
        super().failed(error)

    def on_local_pane_read(self, message: Read) -> None:
        """Show the new snapshot."""
        self._reading = False
        snapshot = message.snapshot
        shown = self._watch.see(snapshot.sockets, self.services.clock(), everything=message.everything)
        if shown is not self._shown or snapshot is not self.snapshot:
            self._survey, self._shown = self.services.survey(snapshot), shown
            self._fill()
        if message.everything != self._view.everything:
            self._read()

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest snapshot, None before the first."""
        return self._survey.snapshot if self._survey else None

    @property
    def _known(self) -> "Survey":
        assert self._survey is not None
        return self._survey

    def survey(self) -> "Survey | None":
        """What is known of the sockets, None before the first snapshot."""
        return self._survey

    def _fill(self) -> None:
        if self._survey is None:
            return
        survey, text = self._survey, self._view.filter
        chosen = [s for s in self._shown if not text or self.services.matches(s.socket, text, survey)]
        field = self._fields[self._view.sort]
        self.rows.say_when_empty(
            f"nothing matches '{text}': Esc shows all" if text else "no socket is open here"
        )
        self.rows.show(in_order(chosen, field, survey, descending=self._view.descending))
        self._retitle()
        self._explain()

    # --- what is shown --------------------------------------------------------------------------

    @property
    def _fields(self) -> Sequence[Field]:
        return EVERYTHING if self._view.everything else LISTENERS

    def _columns(self) -> list[Column]:
        arrow = "↓" if self._view.descending else "↑"
        columns = [field.column for field in self._fields]
        sorted_by = columns[self._view.sort]
        columns[self._view.sort] = replace(sorted_by, title=f"{sorted_by.title}{arrow}")
        return columns

    def _retitle(self) -> None:
        title = "Sockets of this machine" if self._survey is None else self._counts(self._survey.snapshot)
        if self._view.filter and self._survey:
            title += f" · {count(len(self.rows.items), 'match', 'matches')}"
        self.rows.entitle(f"{title} · paused" if self._paused else title)

    def _counts(self, snapshot: Snapshot) -> str:
        listening = [s for s in snapshot.sockets if s.is_listener]
        reachable = sum(s.reach is Reach.NETWORK for s in listening)
        title = f"{len(listening)} listening, {reachable} reachable from the network"
        if self._view.everything:
            connections = (s for s in snapshot.sockets if not s.is_listener)
            states = list(state_counts(connections).items())[:_MOST_STATES]
            told = "".join(f", {number:,} {state}" for state, number in states)
            title = f"{count(len(snapshot.sockets), 'socket')} in all: {len(listening)} listening{told}"
        for mark, word in ((Mark.NEW, "new"), (Mark.GONE, "gone"), (Mark.REPLACED, "restarted")):
            if number := sum(shown.mark is mark for shown in self._shown):
                title += f" · {number} {word}"
        return title

    def _explain(self) -> None:
        """Keep the panel about the selected row."""
        self.refresh_bindings()
        shown = self.rows.selected
        if shown is None or self._survey is None:
            self.panel.show(Page("No socket is selected", ()))
            return
        page = self.services.explain_socket(shown.socket, self._survey)
        if shown.mark:
            from portview.knowledge.load import phrases  # not needed for the first picture

            change = Line(phrases("sockets")["change"][shown.mark.value])
            page = replace(page, sections=(Section("", (change,)), *page.sections))
        self.panel.show(page)

    # --- keys -----------------------------------------------------------------------------------

    def way_back(self) -> bool:
        """A filter can be left."""
        return bool(self._view.filter) or super().way_back()

    def action_type(self) -> None:
        """Open the filter."""
        field = self.query_one(TextField)
        field.display = True
        self.go_to(field)

    @on(Input.Changed)
    def _filter_as_typed(self, event: Input.Changed) -> None:
        self._view = self._view._replace(filter=event.value.strip())
        self._fill()

    @on(Input.Submitted)
    def _keep_filter(self) -> None:
        """A filter that no socket could ever pass is told of, and stays where it can be mended."""
        from portview.sockets.filter import check  # not needed for the first picture

        try:
            check(self._view.filter)
        except BadInput as error:
            self.app.notify(str(error), severity="warning", timeout=8, markup=False)
            return
        self.go_to(self.rows)
        self.query_one(TextField).display = bool(self._view.filter)

    def action_back(self) -> None:
        """Out of the details first; then the filter goes."""
        reading = self.is_at(self.panel)
        self.go_to(self.rows)
        if not reading:
            field = self.query_one(TextField)
            field.value = ""
            field.display = False

    def action_sort(self) -> None:
        """Sort by the next column, from its start."""
        following = (self._view.sort + 1) % len(self._fields)
        self._see(self._view._replace(sort=following, descending=False))

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._see(self._view._replace(descending=not self._view.descending))

    def action_everything(self) -> None:
        """Show connections too, or listeners alone."""
        text = self._view.filter
        self._see(self._listeners(text) if self._view.everything else LocalView(text, everything=True))
        self._read()

    def _listeners(self, text: str) -> LocalView:
        """The view of listeners, in the order that was chosen last."""
        views = self.services.views
        sort = SORT.options.index(views.get(SORT))
        return LocalView(text, sort=sort, descending=views.get(ORDER) == "descending")

    def _see(self, view: LocalView) -> None:
        self._view = view
        if not view.everything:
            self.services.views.set(SORT, SORT.options[view.sort])
            self.services.views.set(ORDER, ORDER.options[view.descending])
        self.rows.retitle(self._columns())
        self._fill()

    def action_refresh(self) -> None:
        """Read again now."""
        self._read()

    def action_pause(self) -> None:
        """Stop or go on refreshing."""
        self._paused = not self._paused
        self._retitle()
        self.refresh_bindings()

    def subject(self) -> Subject | None:
        """The selected socket, as it is reached from here."""
        if (shown := self.rows.selected) is None:
            return None
        socket = shown.socket
        loopback = "::1" if socket.address == "::" else "127.0.0.1"
        host = loopback if socket.address in ANY else socket.address
        return Subject(socket.port, socket.protocol, host)

    def action_stop(self) -> None:
        """Show how the owner would be stopped, and do it when the user says so."""
        shown = self.rows.selected
        if shown is not None and self._survey is not None:
            from portview.tui.stop_screen import StopScreen  # not needed for the first picture

            plan = self.services.plan_stop(shown.socket, self._survey)
            self.app.push_screen(StopScreen(self.services, plan), lambda _: self._read())
