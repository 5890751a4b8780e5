"""One-line inputs of the forms: a text field and a choice between TCP and UDP."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from portview.text import clean
from portview.tui.keys import CHOICE, FIELD, bindings
from portview.vocabulary import Protocol


class Field(Input):
    """A text field one line high; what is pasted cannot reach the terminal as control characters.

    Who gives it the focus selects its text: Textual's own selecting comes with a message, too late for
    keys that were typed ahead.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(FIELD)

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False

    def put(self, character: str) -> None:
        """Put a character in the place of what is selected."""
        self.replace(character, *self.selection)

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        first_line = event.text.strip().partition("\n")[0]
        self.insert_text_at_cursor(clean(first_line.strip()))


class ProtocolChoice(Widget, can_focus=True):
    """TCP or UDP."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(CHOICE)
    protocol: reactive[Protocol] = reactive(Protocol.TCP)

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

    def on_click(self) -> None:
        """A click chooses the other one, too."""
        self.action_other()
