"""The lines around the panes: who and where above, the panes' names, the keys below."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from portview.tui.keys import spelt
from portview.tui.looks import plain

TYPED = frozenset({"slash", "question_mark", "space"})
"""Keys that a text field takes although their names are longer than a letter."""
ALWAYS = frozenset({"return", "keys", "quit", "interrupt", "app.interrupt"})
"""Actions whose keys are told however narrow it is, and always in the same place."""


class TextLine(Widget):
    """One line of text; drawn again only when it is another text."""

    def __init__(
        self, text: Content | str = "", *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._content = plain(text) if isinstance(text, str) else text

    @property
    def content(self) -> Content:
        """What is shown."""
        return self._content

    def say(self, text: Content | str) -> None:
        """Show another text; a plain string is shown as it is."""
        content = plain(text) if isinstance(text, str) else text
        if not content.is_same(self._content):
            self._content = content
            self.refresh(layout=self.styles.is_auto_height)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as the text where the width is left to it."""
        return self._content.cell_length

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the text fills where the height is left to it."""
        return len(self._content.wrap(max(width, 1)))

    def render(self) -> Content:
        """Cut at the end of the line; wrapped where the height is left to the text."""
        if self.styles.is_auto_height:
            return self._content
        return self._content.truncate(self.size.width, ellipsis=True)


class Heading(Widget):
    """The line above everything: the program, the machine, what is hidden, and the time."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left = Content("")
        self._right = ""

    def say(self, machine: str, note: str, time: str) -> None:
        """Show these three; a time that is the same costs nothing."""
        left = Content.assemble(
            (" portview", "bold $primary"), "  ", (plain(machine).plain, "bold"), "   ", plain(note)
        )
        if not left.is_same(self._left) or time != self._right:
            self._left, self._right = left, time
            self.refresh()

    def render(self) -> Content:
        """The time stands at the right edge; the rest gives way to it."""
        room = max(self.size.width - len(self._right) - 1, 0)
        left = self._left.truncate(max(room - 1, 0), ellipsis=True, pad=True)
        return Content.assemble(left, " ", (self._right, "$text-muted"))


class Tab(TextLine):
    """A pane's number and name."""

    class Chosen(Message):
        """The tab was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, pane: str, title: str) -> None:
        super().__init__(Content(f" {title} "), id=f"tab-{pane}")
        self._pane = pane

    def on_click(self) -> None:
        """A tab can be clicked; its digit does the same."""
        self.post_message(self.Chosen(self._pane))


class Tabs(Horizontal):
    """The names of the panes, the current one marked."""

    def __init__(self, panes: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._panes = panes

    def compose(self) -> ComposeResult:
        """One tab for each pane."""
        for pane, title in self._panes:
            yield Tab(pane, title)

    def mark(self, pane: str) -> None:
        """Mark the current pane."""
        for tab in self.query(Tab):
            tab.set_class(tab.id == f"tab-{pane}", "-current")


class Told(NamedTuple):
    """What the line of the keys tells under one label: an action, and its keys in order."""

    action: str
    keys: dict[str, None]

    def part(self, label: str) -> Content:
        """As it stands in the line."""
        return Content.assemble((" ".join(self.keys), "bold $primary"), " ", label)


class KeyLine(TextLine):
    """The keys that do something now, those of the pane first; the ways out and help at the right edge."""

    def on_mount(self) -> None:
        """Follow the focus and the state of the panes; what was said before must not hide a page's keys."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)
        if self.screen.is_modal:
            self.app.clear_notifications()

    def on_resize(self) -> None:
        """Another width has room for other keys."""
        self._follow(self.screen)

    def _follow(self, screen: Screen[object]) -> None:
        typing = isinstance(screen.focused, Input)
        own: dict[str, Told] = {}
        always: dict[str, Told] = {}
        # The keys that work everywhere come last: theirs is the word only where no letter has it.
        active = sorted(screen.active_bindings.values(), key=lambda one: one.binding.priority)
        for _, binding, enabled, _ in active:
            if binding.show and enabled and not (typing and binding.key in TYPED):
                group = always if binding.action in ALWAYS else own
                told = group.setdefault(binding.description, Told(binding.action, {}))
                if told.action == binding.action:
                    told.keys[binding.key_display or spelt(binding.key)] = None
        last = [told.part(label) for label, told in always.items()]
        room = self.size.width - 2 - sum(part.cell_length + 2 for part in last)
        fitting: list[Content] = []
        for part in (told.part(label) for label, told in own.items()):
            if part.cell_length + 2 > room:
                break
            room -= part.cell_length + 2
            fitting.append(part)
        ways_out = [Content(" " * room), *last] if last else []
        self.say(Content(" ") + Content("  ").join([*fitting, *ways_out]))
