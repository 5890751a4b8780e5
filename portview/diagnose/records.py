"""What diagnose says: frozen records, ready to be shown by the screen, as text or as JSON.

Named tuples, as every knock makes these classes and theirs are made much faster.
"""

from typing import NamedTuple

from portview.knowledge.load import Kind
from portview.vocabulary import Confidence, Outcome


class Fact(NamedTuple):
    """A piece of evidence by its id in `knowledge/<lang>/facts.toml`, with the values it names.

    `values` are (placeholder, text) pairs, already safe to show.
    """

    id: str
    values: tuple[tuple[str, str], ...] = ()


class Finding(NamedTuple):
    """What one rule concludes, before it has words.

    `weight` orders findings of equal confidence: greater comes first.
    `against` is evidence that speaks against the cause, and is shown. `aside` marks what is true
    of other addresses of the target, not of the one that decided the outcome: it comes last. `astray`
    marks that the knock went to a machine that was not meant: it comes before what is true there.
    """

    cause: str
    confidence: Confidence
    because: tuple[Fact, ...]
    weight: int = 0
    against: tuple[Fact, ...] = ()
    aside: bool = False
    astray: bool = False


class Statement(NamedTuple):
    """One sentence of evidence, and how it is known."""

    text: str
    kind: Kind


class Check(NamedTuple):
    """One thing to do that would confirm or exclude a cause, and where.

    `where` is an id (`here`, `target`, `router` ...), `place` the words for it, empty for `here`.
    `is_command` tells what can be typed into a shell from what is only described.
    """

    where: str
    command: str
    place: str = ""
    is_command: bool = True

    @property
    def text(self) -> str:
        """All of it in one line: `on the target: sudo nft list ruleset`."""
        return f"{self.place}: {self.command}" if self.place else self.command


class Cause(NamedTuple):
    """A possible cause in words, with the real host and port filled in."""

    id: str
    confidence: Confidence
    title: str
    explanation: str
    because: tuple[Statement, ...]
    against: tuple[Statement, ...]
    check: tuple[Check, ...]
    fix: str


class Diagnosis(NamedTuple):
    """The answer: what happened in one line, and why, most likely cause first."""

    outcome: Outcome
    pattern: str
    title: str
    summary: str
    causes: tuple[Cause, ...]
