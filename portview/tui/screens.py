"""Screens over the panes: the page of all keys."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from portview.tui.keys import KEYS_SCREEN, bindings, page_of_keys
from portview.tui.widgets.lines import KeyLine
from portview.tui.widgets.panel import Panel


class KeysScreen(ModalScreen[None]):
    """All keys on one page."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS_SCREEN)

    def compose(self) -> ComposeResult:
        """The page, to be scrolled as every panel."""
        panel = Panel()
        panel.show(page_of_keys())
        yield panel
        yield KeyLine()

    def action_close(self) -> None:
        """Back to the panes."""
        self.dismiss()
