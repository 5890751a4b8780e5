"""One-line inputs of the forms: a text field and a choice between TCP and UDP."""

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input

from portview.text import clean
from portview.tui.keys import CHOICE, FIELD, bindings
from portview.tui.suggestions import completion
from portview.vocabulary import Protocol

PATIENCE_S = 1.0
"""How long keys typed ahead wait for what Enter sets going."""


class _Completer(Suggester):
    """Names to complete what is typed; they may be others later."""

    def __init__(self) -> None:
        super().__init__(use_cache=False)
        self.names: tuple[str, ...] = ()

    async def get_suggestion(self, value: str) -> str | None:
        return completion(value, self.names) or None


class Field(Input):
    """A text field one line high; what is pasted cannot reach the terminal as control characters.

    Who gives it the focus selects its text: Textual's own selecting comes with a message, too late for
    keys that were typed ahead.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(FIELD)

    class Handled(Message):
        """Comes behind `Submitted`, and so after all that was done for it."""

        def __init__(self) -> None:
            super().__init__()
            self.event = asyncio.Event()

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        self._completer = _Completer()
        super().__init__(
            value,
            placeholder=placeholder,
            compact=True,
            select_on_focus=False,
            suggester=self._completer,
            id=id,
        )
        self.cursor_blink = False

    def suggest(self, names: Iterable[str]) -> None:
        """Complete what is typed by these names, the first that fits."""
        self._completer.names = tuple(names)

    def on_input_changed(self) -> None:
        """The footer offers a completion while there is one."""
        if self._completer.names:
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a completion where there is one and the cursor stands at the end."""
        if action == "complete":
            return self.cursor_at_end and bool(completion(self.value, self._completer.names))
        return super().check_action(action, parameters)

    def action_complete(self) -> None:
        """Take the completion that is shown."""
        self.value = completion(self.value, self._completer.names)
        self.cursor_position = len(self.value)

    async def settle(self) -> None:
        """Wait until what Enter set going is done, so that the next key goes where it leads."""
        handled = self.Handled()
        self.post_message(handled)
        try:
            await asyncio.wait_for(handled.event.wait(), PATIENCE_S)
        except TimeoutError:
            return  # whoever handles it is busy; the key goes where the focus is now

    def put(self, text: str) -> None:
        """Put a character or more in the place of what is selected."""
        self.replace(text, *self.selection)

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        lines = event.text.strip().splitlines()
        self.put(clean(" ".join(line.strip() for line in lines)))


class ProtocolChoice(Widget, can_focus=True):
    """TCP or UDP."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(CHOICE)
    protocol: reactive[Protocol] = reactive(Protocol.TCP, init=False)

    class Changed(Message):
        """The other one was chosen."""

        def __init__(self, protocol: Protocol) -> None:
            super().__init__()
            self.protocol = protocol

    class Submitted(Message):
        """Enter was pressed here: the form is to be used as it is."""

    def watch_protocol(self, protocol: Protocol) -> None:
        """Tell the form."""
        self.post_message(self.Changed(protocol))

    def render(self) -> Content:
        """Both words, the chosen one marked by sign and weight."""
        options = [
            (f"● {option.upper()}", "bold") if option is self.protocol else f"○ {option.upper()}"
            for option in Protocol
        ]
        return Content("  ").join(Content.assemble(option) for option in options)

    def action_other(self) -> None:
        """Choose the other one."""
        self.protocol = Protocol.UDP if self.protocol is Protocol.TCP else Protocol.TCP

    def action_submit(self) -> None:
        """Use the form, as in its fields."""
        self.post_message(self.Submitted())

    def on_click(self) -> None:
        """A click chooses the other one, too."""
        self.action_other()
