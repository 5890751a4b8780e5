"""One visual language: a sign and a word for every meaning, and the colour class beside them.

Colour is never alone: who sees none (NO_COLOR, 16 colours, a screen reader) loses nothing. A *look*
is the name of a component class that `looks.tcss` gives a colour to.
"""

from typing import Final

from textual.content import Content

from portview.knowledge.page import Tone
from portview.text import clean
from portview.vocabulary import Outcome, State

PLAIN: Final = "look--plain"
MUTED: Final = "look--muted"
LABEL: Final = "look--label"
GOOD: Final = "look--good"
WARN: Final = "look--warn"
BAD: Final = "look--bad"
ACCENT: Final = "look--accent"
STRONG: Final = "look--strong"

LOOKS: Final = frozenset({PLAIN, MUTED, LABEL, GOOD, WARN, BAD, ACCENT, STRONG})

TONE_SIGNS: Final[dict[Tone, str]] = {
    Tone.PLAIN: "",
    Tone.STRONG: "",
    Tone.GOOD: "✓ ",
    Tone.WARN: "! ",
    Tone.BAD: "✗ ",
    Tone.FACT: "✓ fact: ",
    Tone.INFERENCE: "~ inference: ",
    Tone.GUESS: "? guess: ",
    Tone.AGAINST: "✗ against: ",
    Tone.COMMAND: "$ ",
}
"""What stands before a line of each tone."""

TONE_LOOKS: Final[dict[Tone, str]] = {
    Tone.PLAIN: PLAIN,
    Tone.STRONG: STRONG,
    Tone.GOOD: GOOD,
    Tone.WARN: WARN,
    Tone.BAD: BAD,
    Tone.FACT: GOOD,
    Tone.INFERENCE: ACCENT,
    Tone.GUESS: WARN,
    Tone.AGAINST: BAD,
    Tone.COMMAND: STRONG,
}

STATE_LOOKS: Final[dict[State, str]] = {
    State.OPEN: GOOD,
    State.CLOSED: MUTED,
    State.FILTERED: WARN,
    State.OPEN_OR_FILTERED: WARN,
}


def outcome_tone(outcome: Outcome) -> Tone:
    """How grave an outcome is: what was hoped for, silence, or a clear no."""
    if outcome.is_success:
        return Tone.GOOD
    if outcome in (Outcome.TIMED_OUT, Outcome.NO_ANSWER, Outcome.CLOSED_BY_PEER):
        return Tone.WARN
    return Tone.BAD


def outcome_look(outcome: Outcome) -> str:
    """The colour of an outcome."""
    return TONE_LOOKS[outcome_tone(outcome)]


def words(identifier: str) -> str:
    """The words of an id of the vocabulary: `timed_out` is read as "timed out"."""
    return identifier.replace("_", " ")


def plain(text: str) -> Content:
    """Content that shows `text` as it is: never markup, always one line.

    Foreign text was made safe where it came in; cleaning it once more changes nothing and keeps a
    border that forgot to from reaching the terminal.
    """
    return Content(clean(text))
