"""A form: its fields side by side, and one line below for what is wrong or how it goes."""

from collections.abc import Iterable

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from portview.knowledge.page import Line, Tone
from portview.tui import looks
from portview.tui.widgets.field import ProtocolChoice
from portview.tui.widgets.lines import TextLine


class Form(Vertical):
    """Fields on one line with their labels, and a line of talk."""

    def __init__(self, fields: Iterable[tuple[str, Widget]], hint: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._fields = tuple(fields)
        self._hint = hint
        self._complains = False

    def compose(self) -> ComposeResult:
        """Label, field, label, field ..."""
        with Horizontal(classes="fields"):
            for label, field in self._fields:
                if label:
                    yield TextLine(label, classes="label")
                yield field
        yield TextLine(self._hint, classes="talk -one-line")

    def complain(self, message: str) -> None:
        """Say what is wrong with what was typed."""
        self.say(Content.assemble(("✗ ", "bold $error"), (looks.plain(message).plain, "$error")))
        self._complains = True

    def advise(self, advice: Line) -> None:
        """Say what is worth knowing, a warning with its sign."""
        sign, text = looks.TONE_SIGNS[advice.tone], looks.plain(advice.text).plain
        colour = "$warning" if advice.tone is Tone.WARN else ""
        self.say(Content.assemble((sign, f"bold {colour}"), (text, colour)) if colour else text)

    def say(self, text: Content | str, *, in_one_line: bool = False) -> None:
        """Say how it goes, in as many lines as it takes.

        What changes all the time is said in one line: nothing moves, and only that line is drawn again.
        """
        self._complains = False
        line = self.query_one(".talk", TextLine)
        line.set_class(in_one_line, "-one-line")
        line.say(text)

    @on(Input.Changed)
    @on(ProtocolChoice.Changed)
    def _forget_complaint(self) -> None:
        """What was wrong is being mended."""
        if self._complains:
            self.hint()

    def hint(self) -> None:
        """Say again what can be typed."""
        self.say(self._hint, in_one_line=True)
