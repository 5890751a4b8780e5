"""A page of words: what the screen draws in a panel and the commands print as text.

A page carries meaning, not looks: each line has a tone, and whoever shows it adds sign and colour.
Lines hold safe text only; nothing in them is markup.
"""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a line is, in the order of how sure or how grave it is."""

    PLAIN = "plain"
    STRONG = "strong"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    FACT = "fact"
    INFERENCE = "inference"
    GUESS = "guess"
    AGAINST = "against"
    COMMAND = "command"


# The words that must not get lost where a tone has neither sign nor colour.
_LEADS = {
    Tone.FACT: "fact: ",
    Tone.INFERENCE: "inference: ",
    Tone.GUESS: "guess: ",
    Tone.AGAINST: "against: ",
    Tone.COMMAND: "$ ",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph; whoever shows it wraps it."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a short label; an empty label continues the section above."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A titled explanation."""

    title: str
    sections: tuple[Section, ...]
    tone: Tone = Tone.PLAIN

    def text(self) -> str:
        """The whole page as plain text, for the clipboard and for files."""
        parts = [self.title]
        for section in self.sections:
            if section.label:
                parts.append(f"\n{section.label}:")
            parts.extend(f"  {_LEADS.get(line.tone, '')}{line.text}" for line in section.lines)
        return "\n".join(parts) + "\n"
