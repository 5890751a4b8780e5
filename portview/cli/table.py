"""Aligned columns for people and for `awk`: no borders, no colour."""

import unicodedata
from collections.abc import Sequence

_GAP = 2
_STUB = 12
"""Cells of the last column that tell enough of it, where it has to be cut."""


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[str] = (),
    columns: int | None = None,
) -> list[str]:
    """Lines of the table; those of `right` are aligned to the right. No line is longer than `columns`."""
    widths = _widths(headings, rows)
    lines = [
        (" " * _GAP)
        .join(
            _filled(text, width, to_the_right=heading in right)
            for heading, text, width in zip(headings, row, widths, strict=True)
        )
        .rstrip()
        for row in (headings, *rows)
    ]
    return lines if columns is None else [_cut(line, columns) for line in lines]


def fitting(
    headings: Sequence[str], rows: Sequence[Sequence[str]], giving_way: Sequence[str], columns: int
) -> list[str]:
    """The headings that there is room for, in their order; others go in that of `giving_way`."""
    widths = dict(zip(headings, _widths(headings, rows), strict=True))
    for heading in giving_way:
        *others, last = widths.values()
        if sum(others) + min(last, _STUB) + _GAP * len(others) <= columns:
            break
        del widths[heading]
    return list(widths)


def _widths(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(_cells, column)) for column in zip(headings, *rows, strict=True)]


def _filled(text: str, width: int, *, to_the_right: bool) -> str:
    space = " " * (width - _cells(text))
    return space + text if to_the_right else text + space


def _cut(line: str, columns: int) -> str:
    if _cells(line) <= columns:
        return line
    while _cells(line) >= columns and line:
        line = line[:-1]
    return line + "…"


def _cells(text: str) -> int:
    """How wide a terminal draws it: two cells for a wide character, none for one that is put upon another."""
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
