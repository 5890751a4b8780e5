"""What the panes stand on: the screen that the program starts with, and the place for the one in view."""

from typing import Self

from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from portview.tui.widgets.field import Field


class PanesScreen(Screen[None]):
    """What the program starts with."""

    def set_focus(
        self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False
    ) -> None:
        """A field that gets the focus is ready to be typed over at once, before the next key."""
        another = widget is not self.focused
        super().set_focus(widget, scroll_visible, from_app_focus)
        if another and isinstance(widget, Field):
            widget.select_all()


class PaneInView(ContentSwitcher):
    """Shows one of the panes and draws nothing itself: another that is made behind it changes no picture."""

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """Where the layout is another, what has changed by that is drawn, and nothing else."""
        return super().refresh(*regions, repaint=repaint and not layout, layout=layout, recompose=recompose)
