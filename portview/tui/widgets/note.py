"""Three lines of orientation for who has never been here."""

from textual.app import ComposeResult
from textual.containers import Vertical

from portview.knowledge.load import phrases
from portview.tui.widgets.lines import TextLine


class Note(Vertical):
    """Stands below the panes at the first start, until another pane is looked at."""

    def compose(self) -> ComposeResult:
        """A line each: what this is, what to do, where to find more."""
        self.border_title = " Welcome "
        for text in phrases("screen")["welcome"].values():
            yield TextLine(text)
