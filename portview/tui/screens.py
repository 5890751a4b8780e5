"""What stands over the panes for a while: the page of all keys, and the question for a file."""

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from portview.tui.keys import FILE_SCREEN, KEYS_SCREEN, bindings, page_of_keys
from portview.tui.widgets.field import Field
from portview.tui.widgets.form import Form
from portview.tui.widgets.lines import KeyLine
from portview.tui.widgets.panel import Panel


class KeysScreen(ModalScreen[None]):
    """All keys on one page, those of the current pane first."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS_SCREEN)

    def __init__(self, keymap: Mapping[str, str], pane: str | None) -> None:
        super().__init__()
        self._keymap = keymap
        self._pane = pane

    def compose(self) -> ComposeResult:
        """The page, to be scrolled as every panel."""
        panel = Panel()
        panel.show(page_of_keys(self._keymap, self._pane))
        yield panel
        yield KeyLine()

    def action_close(self) -> None:
        """Back to the panes."""
        self.dismiss()


class FileScreen(ModalScreen[str | None]):
    """Asks for the name of a file to write."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(FILE_SCREEN)

    def __init__(self, proposed: str, endings: str) -> None:
        super().__init__()
        self._proposed = proposed
        self._endings = endings

    def compose(self) -> ComposeResult:
        """The name, and which endings mean something."""
        yield Form(
            (("Write to", Field(self._proposed, id="file")),), f"The ending tells the format: {self._endings}"
        )
        yield KeyLine()

    def on_mount(self) -> None:
        """Ready to be typed over."""
        field = self.query_one(Field)
        self.set_focus(field)
        field.select_all()

    @on(Input.Submitted)
    def _take(self, message: Input.Submitted) -> None:
        self.dismiss(message.value.strip())

    @on(Field.Handled)
    def _say_handled(self, message: Field.Handled) -> None:
        message.event.set()

    def action_close(self) -> None:
        """Write nothing."""
        self.dismiss(None)
