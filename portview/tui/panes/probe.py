"""Pane 2: knock at one port, and read why the knock ended as it did."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from portview.knowledge.page import Line, Page, Section
from portview.probe.records import Attempt, Observation, Target
from portview.probe.waiting import CancelledError
from portview.tui import looks
from portview.tui.keys import PROBE, bindings
from portview.tui.panes.knocks import COLUMNS, Knock, cells, past_knock, picture
from portview.tui.panes.pane import failure_page
from portview.tui.panes.probe_form import ProbeForm
from portview.tui.panes.probe_memory import ProbeMemory
from portview.tui.services import Services
from portview.tui.subject import Subject
from portview.tui.transcript import Evidence, transcript
from portview.tui.watch import Watch
from portview.tui.widgets.field import ProtocolChoice
from portview.tui.widgets.picture import Picture
from portview.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from portview.diagnose.saved import SavedKnock

MOST_KNOCKS = 500
"""Knocks kept in the list; the oldest go first."""

_START = Page(
    "Knock at a port",
    (
        Section(
            "",
            (
                Line(
                    "Type a host and a port above and press Enter. A whole URL or host:port will do as well."
                ),
            ),
        ),
    ),
)


class ProbePane(ProbeMemory):
    """A form, the knocks so far, and the story of the selected one."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PROBE)

    @dataclass
    class Heard(Message):
        """Evidence has come in."""

        number: int
        evidence: tuple[Evidence, ...]

    @dataclass
    class Ended(Message):
        """A knock is over: with its observation and report, or cut short, as `page` tells."""

        number: int
        ended: str
        page: Page
        observation: Observation | None = None
        entry: str | None = None

    @dataclass
    class Glanced(Message):
        """A knock of a watch is over."""

        number: int
        observation: Observation

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._knocks: dict[int, Knock] = {}
        self._current: tuple[int, threading.Event] | None = None
        self._watched: tuple[int, threading.Event] | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The way of the selected knock stands below what is said of it, far from what is being typed."""
        yield from super().compose()
        yield Picture()

    def form(self) -> Iterable[Widget]:
        """Host, port, protocol and patience."""
        yield ProbeForm(self.services)

    def make_rows(self) -> Rows[Knock]:
        """The knocks, newest first."""
        return Rows(
            COLUMNS,
            key=lambda knock: knock.number,
            cells=lambda knock: cells(knock, self.services.now()),
            on_select=self._explain,
            empty="no knocks yet: type a host and a port",
        )

    def on_mount(self) -> None:
        """Say what can be done here."""
        self.rows.entitle("Knocks")
        self.panel.show(_START)

    def focus_first(self) -> None:
        """Without a knock there is only the form to go to."""
        if self._knocks:
            self.go_to(self.rows)
        else:
            self.action_type()

    # --- the past -------------------------------------------------------------------------------

    def on_probe_memory_recalled(self, message: ProbeMemory.Recalled) -> None:
        """Show what was there before; nobody is taken away from what he does."""
        for number, saved in enumerate(message.knocks):
            self._knocks[-number] = past_knock(-number, saved)
        self.query_one(ProbeForm).suggest_hosts(message.hosts)
        self._fill()

    @work(thread=True, exit_on_error=False, exclusive=True, group="replay")
    def _explain_past(self, number: int, saved: "SavedKnock") -> None:
        page, entry = self.services.replay(saved)
        seen = saved.observation
        self.post_message(self.Ended(number, looks.words(seen.outcome), page, seen, entry))

    # --- knocking -------------------------------------------------------------------------------

    def subject(self) -> Subject | None:
        """The port that was knocked at."""
        knock = self.rows.selected
        return Subject(knock.target.port, knock.target.protocol, knock.target.host) if knock else None

    def entry(self) -> str | None:
        """The page of what the knock showed; of a watch, that of its last outcome."""
        if (knock := self.rows.selected) is None or knock.observation is None:
            return None
        return knock.entry or knock.observation.outcome

    def open(self, subject: Subject) -> None:
        """Knock at what another pane handed over; a host without a port waits in the form."""
        self.query_one(ProbeForm).take(subject)
        if subject.host and subject.port is not None:
            self._submit()
        else:
            self.action_type()

    @on(Input.Submitted)
    @on(ProtocolChoice.Submitted)
    def _submit(self) -> None:
        if asked := self.query_one(ProbeForm).asked():
            self._knock_at(*asked)

    def _knock_at(self, target: Target, timeout_s: float) -> None:
        if self._current is not None:
            self._current[1].set()
        page = transcript(target, (), _going_on((), timeout_s))
        number = self._add(target, timeout_s, page)
        cancel = threading.Event()
        self._current = number, cancel
        self._run(number, target, timeout_s, cancel)
        self._explain()

    def _add(self, target: Target, timeout_s: float, page: Page, watch: Watch | None = None) -> int:
        """Put a new row at the top and go there."""
        number = max(self._knocks, default=0) + 1
        number = max(number, 1)
        time = self.services.now()
        self._knocks[number] = Knock(number, time, target, timeout_s, page, watch=watch)
        while len(self._knocks) > MOST_KNOCKS:
            del self._knocks[min(self._knocks)]
        self._fill()
        self.rows.select(number)
        self.go_to(self.rows)
        return number

    @work(thread=True, exit_on_error=False, group="probe")
    def _run(self, number: int, target: Target, timeout_s: float, cancel: threading.Event) -> None:
        evidence: list[Evidence] = []

        def heard(event: Evidence) -> None:
            evidence.append(event)
            self.post_message(self.Heard(number, tuple(evidence)))

        try:
            knocked = self.services.knock(target, timeout_s=timeout_s, cancel=cancel, on_event=heard)
        except CancelledError:
            page = transcript(target, evidence, "Cancelled.")
            self.post_message(self.Ended(number, "cancelled", page))
        except Exception as error:  # noqa: BLE001 - the border of a thread: the row must say that it failed
            self.post_message(self.Ended(number, "failed", failure_page(error)))
        else:
            seen, (page, entry) = knocked.observation, knocked.explained
            self.post_message(self.Ended(number, looks.words(seen.outcome), page, seen, entry))
            self.keep(knocked)

    def on_probe_pane_heard(self, message: Heard) -> None:
        """Show the evidence while the knock goes on."""
        knock = self._knocks.get(message.number)
        if knock is not None and knock.ended is None:
            ending = _going_on(message.evidence, knock.timeout_s)
            page = transcript(knock.target, message.evidence, ending)
            self._knocks[message.number] = replace(knock, page=page)
            self._fill()

    def on_probe_pane_ended(self, message: Ended) -> None:
        """Show how it ended."""
        if self._current is not None and self._current[0] == message.number:
            self._current = None
        if knock := self._knocks.get(message.number):
            self._knocks[message.number] = replace(
                knock,
                page=message.page,
                ended=message.ended,
                observation=message.observation,
                entry=message.entry,
            )
        self._fill()

    # --- watching -------------------------------------------------------------------------------

    def action_watch(self) -> None:
        """Watch the selected target."""
        if knock := self.rows.selected:
            watch = Watch(knock.target, self.services.settings.watch_s)
            number = self._add(knock.target, knock.timeout_s, watch.page(), watch)
            self._watched = number, threading.Event()
            self._glance(number, knock.target, knock.timeout_s, self._watched[1])
            self._explain()

    def action_end_watch(self) -> None:
        """End the watch that goes on, whatever is selected."""
        self._end_watch()

    @work(thread=True, exit_on_error=False, group="watch")
    def _glance(self, number: int, target: Target, timeout_s: float, cancel: threading.Event) -> None:
        with suppress(CancelledError):
            self.post_message(self.Glanced(number, self.services.glance(target, timeout_s, cancel)))

    def on_probe_pane_glanced(self, message: Glanced) -> None:
        """Show one more knock, say what it changed, and wait for the next."""
        knock = self._knocks.get(message.number)
        if self._watched is None or self._watched[0] != message.number:
            return
        if knock is None or knock.watch is None:  # the list is full and dropped it
            self._end_watch()
            return
        watch, cancel = knock.watch, self._watched[1]
        change = watch.take(message.observation, self.services.now())
        if change and not (self.display and self.rows.selected is knock):  # who looks at it sees it
            self.notify(change, timeout=8, markup=False)
        self._knocks[message.number] = replace(knock, page=watch.page(), observation=message.observation)
        again = partial(self._glance, message.number, knock.target, knock.timeout_s, cancel)
        self._timer = self.set_timer(watch.every_s, again)
        self._fill()

    def _end_watch(self, failure: Page | None = None) -> None:
        if self._watched is None:
            return
        number, cancel = self._watched
        cancel.set()
        self._watched = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if (knock := self._knocks.get(number)) and knock.watch is not None:
            knock.watch.ended = True
            last = knock.watch.last
            ended = "failed" if failure else looks.words(last.outcome) if last else "cancelled"
            self._knocks[number] = replace(knock, page=failure or knock.watch.page(), ended=ended)
        self._fill()

    def failed(self, error: BaseException) -> None:
        """A watch that fails ends."""
        page = failure_page(error)
        self._end_watch(page)
        self.panel.show(page)

    @property
    def busy(self) -> bool:
        """Whether a knock or a watch goes on."""
        return self._current is not None or self._watched is not None

    def cancel(self) -> None:
        """Cancel the running knock; without one, the watch."""
        if self._current is not None:
            self._current[1].set()
        elif self.is_running:
            self._end_watch()

    def on_unmount(self) -> None:
        """Nothing may run on when the program ends."""
        for running in (self._current, self._watched):
            if running is not None:
                running[1].set()

    # --- what is shown --------------------------------------------------------------------------

    def _fill(self) -> None:
        self.rows.show([self._knocks[number] for number in sorted(self._knocks, reverse=True)])
        self.refresh_bindings()

    def _explain(self) -> None:
        """Keep the panel and the picture about the selected row."""
        self.refresh_bindings()
        knock = self.rows.selected
        self.query_one(Picture).show(picture(knock), (knock, knock and knock.watch and knock.watch.knocks))
        if knock is None:
            self.panel.show(_START)
        elif knock.page is not None:
            self.panel.show(knock.page)
        elif knock.past is not None:
            self._explain_past(knock.number, knock.past)

    # --- keys -----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A watch needs a target, and there is one at a time; it can be ended from anywhere."""
        if action == "watch":
            return self._watched is None and self.rows.selected is not None
        if action == "end_watch":
            return self._watched is not None
        return super().check_action(action, parameters)

    async def action_probe(self) -> None:
        """Knock at the selected target once more."""
        if knock := self.rows.selected:
            self._knock_at(knock.target, knock.timeout_s)


def _going_on(evidence: Sequence[Evidence], timeout_s: float) -> str:
    """What is being done now, and the way out."""
    if any(isinstance(one, Attempt) for one in evidence):
        return "Looking at other ports and at the way there. Esc cancels."
    if evidence:
        return f"Waiting up to {timeout_s:g} s for each answer. Esc cancels."
    return "Esc cancels."
