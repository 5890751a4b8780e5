import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.tui.widgets.columns import GAP, Column, fit

COLUMNS = (
    Column("PORT", 5),
    Column("OWNER", 10, 20),
    Column("SERVICE", 8, rank=1),
    Column("HOST", 8, rank=2),
)


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (100, [5, 20, 8, 8]),
        (40, [5, 13, 8, 8]),
        (36, [5, 19, 8, 0]),
        (27, [5, 10, 8, 0]),
        (26, [5, 19, 0, 0]),
        (3, [5, 10, 0, 0]),
    ],
)
def test_columns_share_the_width_and_give_way_by_rank(width: int, widths: list[int]) -> None:
    assert fit(COLUMNS, width) == widths


def test_columns_grow_to_the_same_share() -> None:
    assert fit((Column("A", 2, 10), Column("B", 4, 20)), 18 + GAP) == [6, 12]


@given(st.integers(0, 300))
def test_shown_columns_fit_or_are_the_ones_that_never_give_way(width: int) -> None:
    widths = [size for size in fit(COLUMNS, width) if size]
    assert sum(widths) + GAP * (len(widths) - 1) <= max(width, 5 + GAP + 10)
