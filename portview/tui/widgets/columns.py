"""Columns of a list: what they are called and how they share the width."""

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: at least `least` cells wide, and as wide as its cells need, up to `most`.

    Where there is not room for all, columns of the highest `rank` give way first; rank 0 stays.
    """

    title: str
    least: int
    most: int = 0
    right: bool = False
    rank: int = 0


def fit(columns: Sequence[Column], needs: Sequence[int], width: int) -> list[int]:
    """Return each column's width in cells, 0 for a column that gave way.

    `needs` has the cells that the widest text of each column takes. What is left above the least widths
    goes to the column first that lacks least: so as many as possible are whole.
    """
    shown = set(range(len(columns)))

    def spare() -> int:
        return width - sum(columns[i].least for i in shown) - GAP * (len(shown) - 1)

    for index in sorted(shown, key=lambda i: -columns[i].rank):
        if spare() >= 0 or columns[index].rank == 0:
            break
        shown.remove(index)

    widths = [column.least if i in shown else 0 for i, column in enumerate(columns)]
    lacking = {i: max(min(needs[i], columns[i].most) - widths[i], 0) for i in shown}
    left = max(spare(), 0)
    for index in sorted(shown, key=lambda i: (lacking[i], columns[i].rank)):
        more = min(lacking[index], left)
        widths[index] += more
        left -= more
    return widths
