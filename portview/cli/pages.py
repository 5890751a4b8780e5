"""Explanations as text for people: wrapped, with signs before colours."""

import os
import sys

import click

from portview.cli.output import terminal_columns, write
from portview.knowledge.page import Line, Page, Tone

_MIN_WIDTH = 24
_MAX_WIDTH = 100
_USUAL_WIDTH = 80
_INDENT = 4

# Sign, its form without UTF-8, and colour of each tone; the sign alone must do.
_TONES: dict[Tone, tuple[str, str, str | None]] = {
    Tone.PLAIN: ("", "", None),
    Tone.STRONG: ("", "", None),
    Tone.GOOD: ("✓", "+", "green"),
    Tone.WARN: ("!", "!", "yellow"),
    Tone.BAD: ("✗", "x", "red"),
    Tone.FACT: ("✓ fact:", "+ fact:", None),
    Tone.INFERENCE: ("~ inference:", "~ inference:", None),
    Tone.GUESS: ("? guess:", "? guess:", None),
    Tone.AGAINST: ("✗ against:", "x against:", None),
    Tone.COMMAND: ("$", "$", "cyan"),
}


def width() -> int:
    """Columns to write in; 80 when stdout is no terminal."""
    return min(terminal_columns() or _USUAL_WIDTH, _MAX_WIDTH)


def write_page(page: Page) -> None:
    """Write an explanation: title, then each section under its label, wrapped."""
    title_tone = _TONES[page.tone][2]
    write(_colour(page.title, title_tone, bold=True))
    for section in page.sections:
        if section.label:
            write()
            write(_colour(section.label, None, bold=True))
        for line in section.lines:
            for text in _wrapped(line):
                write(text)


def write_note(text: str) -> None:
    """Write a line about a page, wrapped, after an empty one."""
    write()
    for row in _rows(text):
        write(row)


def write_sentences(text: str, indent: int = _INDENT) -> None:
    """Write a line of its own for programs; for people wrapped, the further lines behind `indent`."""
    for row in [text] if terminal_columns() is None else _rows(text, indent=indent):
        write(row)


def _wrapped(line: Line) -> list[str]:
    sign, plain_sign, colour = _TONES[line.tone]
    lead = f"  {sign if _has_unicode() else plain_sign} " if sign else "  "
    if line.tone is Tone.COMMAND:
        return [_colour(lead + line.text, colour)]  # never wrapped: it is there to be copied
    return [_colour(row, colour, bold=line.tone is Tone.STRONG) for row in _rows(line.text, lead)]


def _rows(text: str, lead: str = "", indent: int = _INDENT) -> list[str]:
    columns = max(width(), _MIN_WIDTH)
    rest = " " * min(indent, columns // 2)
    import textwrap  # what goes into a pipe as it is does not wait for it

    rows = textwrap.wrap(text, columns, initial_indent=lead, subsequent_indent=rest, break_on_hyphens=False)
    return rows or [lead]


def _has_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _colour(text: str, colour: str | None, *, bold: bool = False) -> str:
    if not (colour or bold):
        return text
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return click.style(text, fg=colour, bold=bold or None)
