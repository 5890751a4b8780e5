"""Columns of a list: what they are called and how they share the width."""

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: at least `least` cells wide, and at most `most` where there is room.

    Where there is not room for all, columns of the highest `rank` give way first; rank 0 stays.
    """

    title: str
    least: int
    most: int = 0
    right: bool = False
    rank: int = 0


def fit(columns: Sequence[Column], width: int) -> list[int]:
    """Return each column's width in cells, 0 for a column that gave way."""
    shown = set(range(len(columns)))

    def spare() -> int:
        return width - sum(columns[i].least for i in shown) - GAP * (len(shown) - 1)

    for index in sorted(shown, key=lambda i: -columns[i].rank):
        if spare() >= 0 or columns[index].rank == 0:
            break
        shown.remove(index)

    widths = [column.least if i in shown else 0 for i, column in enumerate(columns)]
    left = max(spare(), 0)
    while left:
        growing = [i for i in shown if widths[i] < columns[i].most]
        if not growing:
            break
        # The one that has least of what it could have, so that all are filled to the same share.
        neediest = min(
            growing, key=lambda i: (widths[i] - columns[i].least) / (columns[i].most - columns[i].least)
        )
        widths[neediest] += 1
        left -= 1
    return widths
