import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.tui.widgets.columns import GAP, Column, fit

COLUMNS = (
    Column("PORT", 5),
    Column("OWNER", 10, 20),
    Column("ADDRESS", 8, 39, rank=2),
    Column("SERVICE", 8, 18, rank=1),
)
WIDE = (5, 30, 15, 12)


@pytest.mark.parametrize(
    ("width", "needs", "widths"),
    [
        (100, WIDE, [5, 20, 15, 12]),
        (100, (1, 2, 3, 4), [5, 10, 8, 8]),
        (50, WIDE, [5, 12, 15, 12]),  # as many as possible are whole
        (41, WIDE, [5, 10, 8, 12]),
        (40, WIDE, [5, 10, 8, 11]),
        (36, WIDE, [5, 15, 0, 12]),
        (27, WIDE, [5, 10, 0, 8]),
        (26, WIDE, [5, 19, 0, 0]),
        (3, WIDE, [5, 10, 0, 0]),
    ],
)
def test_columns_have_what_they_need_and_give_way_by_rank(
    width: int, needs: tuple[int, ...], widths: list[int]
) -> None:
    assert fit(COLUMNS, needs, width) == widths


def test_the_one_that_lacks_least_is_made_whole_first() -> None:
    columns = (Column("A", 4, 30), Column("B", 4, 10))
    assert fit(columns, (30, 8), 20 + GAP) == [12, 8]


@given(st.integers(0, 300), st.tuples(*[st.integers(0, 60)] * 4))
def test_shown_columns_fit_or_are_the_ones_that_never_give_way(
    width: int, needs: tuple[int, int, int, int]
) -> None:
    widths = [size for size in fit(COLUMNS, needs, width) if size]
    assert sum(widths) + GAP * (len(widths) - 1) <= max(width, 5 + GAP + 10)
