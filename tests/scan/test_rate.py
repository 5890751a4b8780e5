import pytest

from portview.scan.rate import ROUTER_PLACES, Pace, RouterTable


def test_a_pace_is_kept_over_time() -> None:
    pace, sent, now_s = Pace(1000.0), 0, 0.0
    while now_s < 3.0:
        room = pace.room(now_s)
        pace.spend(room)
        sent += room
        now_s += 0.01
    assert 2980 <= sent <= 3040


def test_idle_time_is_not_saved_up() -> None:
    pace = Pace(1000.0)
    pace.spend(pace.room(0.0))
    assert pace.room(60.0) == 20


def test_the_slowest_pace_sends_one_at_a_time() -> None:
    pace = Pace(0.5)
    assert pace.room(0.0) == 1
    pace.spend()
    assert pace.room(1.0) == 0
    assert pace.room(2.0) == 1


def fill(table: RouterTable, second: float, *, answered: bool) -> int:
    """Send what there is room for, and return how much that was."""
    room = max(0, table.room(second))
    for _ in range(room):
        table.sent(second)
        if answered:
            table.answered(second, second)
    return room


def taken(table: RouterTable, seconds: range, *, answered: bool) -> int:
    return sum(fill(table, second / 10, answered=answered) for second in seconds)


def test_half_of_the_places_are_taken_at_once() -> None:
    table = RouterTable()
    assert fill(table, 0.0, answered=False) == ROUTER_PLACES // 2
    assert table.room(0.0) == 0


@pytest.mark.parametrize(("answered", "kept_s"), [(True, 10), (False, 120)])
def test_never_more_places_are_taken_than_there_are(answered: bool, kept_s: int) -> None:
    table = RouterTable()
    sent = [taken(table, range(10 * second, 10 * second + 10), answered=answered) for second in range(600)]
    assert max(sum(sent[second : second + kept_s - 1]) for second in range(600)) <= ROUTER_PLACES


@pytest.mark.parametrize(("answered", "per_s"), [(True, 713), (False, 67)])
def test_the_rate_that_lasts(answered: bool, per_s: int) -> None:
    table = RouterTable()
    taken(table, range(6000), answered=answered)
    assert taken(table, range(6000, 18_000), answered=answered) / 1200 == pytest.approx(per_s, rel=0.02)


def test_an_answer_to_what_is_forgotten_changes_nothing() -> None:
    table = RouterTable()
    table.sent(0.0)
    before = table.room(200.0)
    assert before == ROUTER_PLACES // 2
    table.answered(0.0, 200.0)
    assert table.room(200.0) == before
