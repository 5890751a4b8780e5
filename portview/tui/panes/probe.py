"""Pane 2: knock at one port, and read why the knock ended as it did."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from portview.errors import BadInput
from portview.knowledge.page import Line, Page, Section
from portview.probe.records import Attempt, Observation, Target
from portview.probe.waiting import CancelledError
from portview.tui import looks
from portview.tui.keys import PROBE, bindings
from portview.tui.panes.pane import Pane, failure_page
from portview.tui.services import Evidence, Services
from portview.tui.transcript import transcript
from portview.tui.units import milliseconds
from portview.tui.widgets.columns import Column
from portview.tui.widgets.field import Field, ProtocolChoice
from portview.tui.widgets.form import Form
from portview.tui.widgets.rows import Cell, Rows
from portview.vocabulary import Outcome, Protocol

DEFAULT_TIMEOUT = "5 s"
MOST_KNOCKS = 500
"""Knocks kept in the list; the oldest go first."""

_COLUMNS = (
    Column("TIME", 5),
    Column("TARGET", 16, 40),
    Column("", 3, rank=2),
    Column("OUTCOME", 13, 17),
    Column("TOOK", 7, right=True, rank=1),
)
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


@dataclass(frozen=True, slots=True)
class Knock:
    """One knock of this session; `ended` is how, in a word, None while it goes on."""

    number: int
    time: str
    target: Target
    timeout_s: float
    page: Page
    ended: str | None = None
    outcome: Outcome | None = None
    elapsed_ms: float | None = None


class ProbePane(Pane[Knock]):
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

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._knocks: dict[int, Knock] = {}
        self._current: tuple[int, threading.Event] | None = None

    def form(self) -> Iterable[Widget]:
        """Host, port, protocol and patience."""
        port = Field(placeholder="e.g. 443", id="port")
        timeout = Field(DEFAULT_TIMEOUT, id="timeout")
        port.add_class("-short")
        timeout.add_class("-number")
        yield Form(
            (
                ("Host", Field(placeholder="name, address, host:port or URL", id="host")),
                ("Port", port),
                ("", ProtocolChoice()),
                ("Timeout", timeout),
            ),
            "Enter knocks as a client of that service would, and sends nothing else.",
        )

    def make_rows(self) -> Rows[Knock]:
        """The knocks, newest first."""
        return Rows(_COLUMNS, key=lambda knock: knock.number, cells=_cells, empty="no knocks yet")

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

    # --- knocking -------------------------------------------------------------------------------

    def ask(self, host: str, port: int, protocol: Protocol) -> None:
        """Fill the form and knock."""
        self.query_one("#host", Field).value = host
        self.query_one("#port", Field).value = str(port)
        self.query_one(ProtocolChoice).protocol = protocol
        self._submit()

    @on(Input.Submitted, "#host")
    def _take_port_from_host(self) -> None:
        """A port typed with the host counts more than the one left from the knock before."""
        with suppress(BadInput):
            target = self.services.target(self.query_one("#host", Field).value, "", Protocol.TCP)
            self.query_one("#port", Field).value = str(target.port)
            self.query_one("#host", Field).value = target.host

    @on(Input.Submitted)
    def _submit(self) -> None:
        form = self.query_one(Form)
        try:
            timeout_s = _timeout(self.query_one("#timeout", Field).value)
            target = self.services.target(
                self.query_one("#host", Field).value,
                self.query_one("#port", Field).value,
                self.query_one(ProtocolChoice).protocol,
            )
        except BadInput as error:
            form.complain(str(error))
            return
        form.hint()
        self._knock_at(target, timeout_s)

    def _knock_at(self, target: Target, timeout_s: float) -> None:
        self.cancel()
        number = max(self._knocks, default=0) + 1
        page = transcript(target, (), _going_on((), timeout_s))
        self._knocks[number] = Knock(number, f"{self.services.now():%H:%M}", target, timeout_s, page)
        self._knocks.pop(number - MOST_KNOCKS, None)
        cancel = threading.Event()
        self._current = number, cancel
        self._fill()
        self.rows.select(number)
        self.go_to(self.rows)
        self._explain()
        self._run(number, target, timeout_s, cancel)

    @work(thread=True, exit_on_error=False, group="probe")
    def _run(self, number: int, target: Target, timeout_s: float, cancel: threading.Event) -> None:
        evidence: list[Evidence] = []

        def heard(event: Evidence) -> None:
            evidence.append(event)
            self.post_message(self.Heard(number, tuple(evidence)))

        try:
            observation, page = self.services.knock(
                target, timeout_s=timeout_s, cancel=cancel, on_event=heard
            )
        except CancelledError:
            page = transcript(target, evidence, "Cancelled.")
            self.post_message(self.Ended(number, "cancelled", page))
        except Exception as error:  # noqa: BLE001 - the border of a thread: the row must say that it failed
            self.post_message(self.Ended(number, "failed", failure_page(error)))
        else:
            self.post_message(self.Ended(number, looks.words(observation.outcome), page, observation))

    @property
    def busy(self) -> bool:
        """Whether a knock goes on."""
        return self._current is not None

    def cancel(self) -> None:
        """Cancel the running knock."""
        if self._current is not None:
            self._current[1].set()

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
            primary = message.observation.primary if message.observation else None
            self._knocks[message.number] = replace(
                knock,
                page=message.page,
                ended=message.ended,
                outcome=message.observation.outcome if message.observation else None,
                elapsed_ms=primary.elapsed_ms if primary else None,
            )
        self._fill()

    # --- what is shown --------------------------------------------------------------------------

    def _fill(self) -> None:
        self.rows.show([self._knocks[number] for number in sorted(self._knocks, reverse=True)])
        self.refresh_bindings()

    @on(Rows.Selected)
    def _explain(self) -> None:
        """Keep the panel about the selected row."""
        self.refresh_bindings()
        knock = self.rows.selected
        self.panel.show(knock.page if knock else _START)

    # --- keys -----------------------------------------------------------------------------------

    def action_probe(self) -> None:
        """Knock at the selected target once more."""
        if knock := self.rows.selected:
            self._knock_at(knock.target, knock.timeout_s)


def _going_on(evidence: Sequence[Evidence], timeout_s: float) -> str:
    """What is being done now, and the way out."""
    if any(isinstance(one, Attempt) for one in evidence):
        return "Looking further. Esc cancels."
    if evidence:
        return f"Waiting up to {timeout_s:g} s for each answer. Esc cancels."
    return "Esc cancels."


def _timeout(text: str) -> float:
    from portview.probe.knock import MAX_TIMEOUT_S, MIN_TIMEOUT_S

    try:
        seconds = float(text.strip().removesuffix("s"))
    except ValueError:
        seconds = -1.0
    if not MIN_TIMEOUT_S <= seconds <= MAX_TIMEOUT_S:
        raise BadInput(f"the timeout is a number of seconds, {MIN_TIMEOUT_S:g} to {MAX_TIMEOUT_S:g}")
    return seconds


def _cells(knock: Knock) -> tuple[Cell, ...]:
    look = looks.outcome_look(knock.outcome) if knock.outcome else looks.MUTED
    took = milliseconds(knock.elapsed_ms) if knock.elapsed_ms is not None else ""
    host = f"[{knock.target.host}]" if ":" in knock.target.host else knock.target.host
    return (
        Cell(knock.time, looks.MUTED),
        Cell(f"{host}:{knock.target.port}"),
        Cell(knock.target.protocol, looks.MUTED),
        Cell(knock.ended or "knocking ...", look),
        Cell(took, looks.MUTED),
    )
