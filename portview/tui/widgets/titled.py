"""A scrolling widget of lines with a title in the rule above it."""

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView

from portview.tui.looks import plain


class Titled(ScrollView):
    """Setting a title draws the whole widget again, so it is set only when it is another one."""

    _entitled = Content("")

    def entitle(self, text: Content | str) -> None:
        """Put this text into the rule, with the air around it that a rule does not give."""
        title = plain(text) if isinstance(text, str) else text
        if not title.is_same(self._entitled):
            self._entitled = title
            self.border_title = Content.assemble(" ", title, " ") if title else None

    def lengthen(self, lines: int) -> None:
        """Say how many lines there are to scroll through.

        Setting `virtual_size` itself lays out the whole screen each time. Here that happens only when
        the scroll bar comes or goes.
        """
        if lines != self.virtual_size.height:
            size = Size(0, lines)
            self.set_reactive(ScrollView.virtual_size, size)
            self._scroll_update(size)
