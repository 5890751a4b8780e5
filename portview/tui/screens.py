"""The screens: the one of the panes, and the page of all keys over it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from portview.tui.keys import KEYS_SCREEN, bindings, page_of_keys
from portview.tui.widgets.field import Field
from portview.tui.widgets.lines import KeyLine
from portview.tui.widgets.panel import Panel


class PanesScreen(Screen[None]):
    """What the program starts with."""

    def set_focus(
        self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False
    ) -> None:
        """A field that gets the focus is ready to be typed over at once, before the next key."""
        another = widget is not self.focused
        super().set_focus(widget, scroll_visible, from_app_focus)
        if another and not from_app_focus and isinstance(widget, Field):
            widget.select_all()


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
