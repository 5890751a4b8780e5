import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.scan.forecast import NOTHING, Left, Outcomes, left_at

CLOSED, SILENT, REJECTED = Outcomes(0.0, 0.0, 2), Outcomes(1.0, 0.0, 2), Outcomes(0.0, 1.0, 2)
HALF = Outcomes(0.5, 0.0, 3)
NONE = (0, 0.0)


@pytest.mark.parametrize(
    ("outcomes", "unsent", "flying", "again", "expected"),
    [
        (CLOSED, 0, NONE, NONE, NOTHING),
        (CLOSED, 1000, NONE, NONE, Left(1000, 0, 1)),
        (CLOSED, 1000, (64, 1), NONE, Left(1000, 0, 1)),
        (CLOSED, 0, (64, 1), NONE, Left(0, 0, 1)),
        (REJECTED, 1000, NONE, NONE, Left(1000, 1000, 1)),
        # Every silent port is asked once more.
        (SILENT, 1000, NONE, NONE, Left(2000, 2000, 2)),
        (SILENT, 0, (1000, 1), NONE, Left(1000, 1000, 2)),
        (SILENT, 0, (1000, 2), NONE, Left(0, 0, 1)),
        (SILENT, 0, NONE, (1000, 1), Left(1000, 1000, 1)),
        (HALF, 1000, NONE, NONE, Left(2000, 1500, 3)),
        (HALF, 0, NONE, (100, 1.5), Left(150, 150, 2)),
        # Asked more often than is needed by now, but it is in the queue.
        (CLOSED, 0, NONE, (10, 5), Left(10, 10, 1)),
    ],
)
def test_what_is_left(
    outcomes: Outcomes, unsent: int, flying: tuple[int, float], again: tuple[int, float], expected: Left
) -> None:
    assert left_at(outcomes, unsent, flying, again) == expected


def test_hosts_are_asked_side_by_side() -> None:
    assert Left(10, 5, 2) + Left(1, 1, 4) == Left(11, 6, 4)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(2, 8), st.integers(0, 65_535), st.integers(0, 65_535))
def test_no_more_knocks_stay_than_are_sent(
    silent: float, rejected: float, tries: int, unsent: int, again: int
) -> None:
    outcomes = Outcomes(silent, min(rejected, 1 - silent), tries)
    sends, staying, rounds = left_at(outcomes, unsent, NONE, (again, 1.0))
    assert unsent + again <= sends
    assert staying <= sends * (1 + 1e-9)
    assert (rounds > 0) == (unsent + again > 0)
