"""The question before an owner is stopped: what would be done, step by step, each one asked for."""

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from portview.knowledge.page import Line, Section
from portview.tui.keys import STOP_SCREEN, bindings
from portview.tui.services import Services
from portview.tui.widgets.field import Field
from portview.tui.widgets.lines import KeyLine
from portview.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from portview.sockets.stop import Done
    from portview.sockets.stop_plan import Step, StopPlan


GLANCE_S = 0.5
"""An Enter that comes sooner after a step was shown is not for it: it was typed ahead, or pasted."""


class StopScreen(ModalScreen[None]):
    """Shows a plan; each Enter does one step, and the next one is offered while the process is there.

    A protected owner takes the port number, typed, before each step.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(STOP_SCREEN)

    @dataclass
    class Stopped(Message):
        """A step has been done."""

        step: "Step"
        done: "Done"

    def __init__(self, services: Services, plan: "StopPlan") -> None:
        super().__init__()
        self._services = services
        self._plan = plan
        self._lines: tuple[Line, ...] = ()
        self._busy = False
        self._shown_s = 0.0
        self._cancel = threading.Event()

    def compose(self) -> ComposeResult:
        """The plan, and a field where the port must be typed."""
        yield Panel()
        if self._plan.protection and self._plan.first:
            yield Field(placeholder="port number", id="port")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the plan; what is typed goes to the field where there is one."""
        self._show()
        fields = self.query(Field)
        self.set_focus(fields.first() if fields else self.query_one(Panel))

    def _show(self) -> None:
        from portview.diagnose.stopping import stop_page

        self._shown_s = time.monotonic()
        page = stop_page(self._plan, doing=self._busy)
        said = (Section("Done", self._lines),) if self._lines else ()
        panel = self.query_one(Panel)
        panel.show(replace(page, sections=(*said, *page.sections)))
        if self._plan.first is None:
            self.set_focus(panel)
            self.query(Field).remove()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to do only what can be done; where that is nothing, Enter leaves."""
        if action == "do":
            return self._plan.first is not None and not self._busy
        return action != "leave" or self._plan.first is None

    @on(Input.Submitted)
    def _typed(self) -> None:
        self.action_do()

    @on(Field.Handled)
    def _say_handled(self, message: Field.Handled) -> None:
        message.event.set()

    def action_do(self) -> None:
        """Do the first step, if the user has seen it and confirmed what must be confirmed."""
        step, seen_s = self._plan.first, time.monotonic() - self._shown_s
        if step is None or self._busy or seen_s < GLANCE_S or not self._is_confirmed():
            return
        self._busy = True
        self._show()
        self._do(step)

    def _is_confirmed(self) -> bool:
        if not self._plan.protection:
            return True
        field = self.query_one(Field)
        typed, field.value = field.value.strip(), ""
        return typed == str(self._plan.port)

    @work(thread=True, exit_on_error=False)
    def _do(self, step: "Step") -> None:
        self.post_message(self.Stopped(step, self._services.stop(step, self._cancel)))

    def on_stop_screen_stopped(self, message: Stopped) -> None:
        """Say what became of it; where the process is still there, the next step is offered."""
        from portview.diagnose.stopping import result_line
        from portview.sockets.stop import Result

        self._busy = False
        self._lines = (*self._lines, result_line(message.step, message.done))
        over = message.done.result in (Result.ENDED, Result.GONE, Result.ANOTHER, Result.DONE)
        self._plan = self._plan.after_first(is_over=over)
        self._show()

    @on(Worker.StateChanged)
    def _tell_failure(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self._busy = False
            self._lines = (*self._lines, Line(f"portview failed: {type(event.worker.error).__name__}"))
            self._show()

    def on_unmount(self) -> None:
        """Nothing may be waited for when this is left."""
        self._cancel.set()

    def action_close(self) -> None:
        """Leave everything as it is."""
        self.dismiss()

    action_leave = action_close
