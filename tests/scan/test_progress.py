import pytest

from portview.scan.forecast import Left
from portview.scan.progress import Meter


def knocks(count: float, rounds: int = 1) -> Left:
    return Left(count, 0.0, rounds)


def steady(per_s: int, *, is_held: bool = False) -> Meter:
    """Three seconds at one rate."""
    meter = Meter(100.0)
    for tenth in range(1, 31):
        meter.update(100.0 + tenth / 10, tenth * per_s // 10, is_held=is_held)
    return meter


def test_nothing_is_foretold_at_the_start() -> None:
    meter = Meter(100.0)
    assert meter.eta_s(knocks(1000), in_flight=0, timeout_s=1.0) is None
    meter.update(100.1, 100)
    assert meter.eta_s(knocks(1000), in_flight=0, timeout_s=1.0) is None


def test_a_steady_rate_gives_the_rest_and_one_wait() -> None:
    meter = steady(1000)
    assert meter.rate_per_s == pytest.approx(1000)
    assert meter.eta_s(knocks(5000), in_flight=64, timeout_s=0.5) == pytest.approx(5.5)


def test_when_all_is_sent_only_the_wait_is_left() -> None:
    meter = Meter(0.0)
    assert meter.eta_s(knocks(0), in_flight=3, timeout_s=0.7) == 0.7
    assert meter.eta_s(knocks(0), in_flight=0, timeout_s=0.7) == 0.0


def test_few_ports_that_are_asked_often_are_waited_for_each_time() -> None:
    assert steady(1000).eta_s(knocks(40, rounds=4), in_flight=9, timeout_s=0.5) == pytest.approx(2.0)


def test_a_bound_that_will_hold_counts_before_it_does() -> None:
    meter = steady(4000)
    assert meter.eta_s(knocks(8000), bound_s=60.0, in_flight=9, timeout_s=1.0) == pytest.approx(61.0)
    assert meter.eta_s(knocks(8000), bound_s=0.1, in_flight=9, timeout_s=1.0) == pytest.approx(3.0)


def test_a_rate_that_is_held_back_tells_nothing_of_the_rest() -> None:
    meter = steady(5000)
    for second in range(104, 160):
        meter.update(float(second), 15_000, is_held=True)
    assert meter.rate_per_s < 1.0
    assert meter.eta_s(knocks(5000), bound_s=20.0, in_flight=0, timeout_s=1.0) == pytest.approx(21.0)


def test_where_it_was_always_held_back_the_bound_alone_tells() -> None:
    meter = steady(10, is_held=True)
    assert meter.eta_s(knocks(5000), bound_s=20.0, in_flight=0, timeout_s=1.0) == pytest.approx(21.0)
    assert meter.eta_s(knocks(5000), in_flight=0, timeout_s=1.0) is None


def test_the_rate_follows_a_change() -> None:
    meter = Meter(0.0)
    meter.update(1.0, 1000)
    for second in range(2, 12):
        meter.update(float(second), 1000 + (second - 1) * 10)
    assert 10 < meter.rate_per_s < 30


def test_a_standing_clock_changes_nothing() -> None:
    meter = Meter(0.0)
    meter.update(0.0, 500)
    assert meter.rate_per_s == 0.0


def test_a_scan_that_sends_nothing_has_no_end_in_sight() -> None:
    meter = Meter(0.0)
    meter.update(1.0, 0)
    assert meter.eta_s(knocks(10), in_flight=0, timeout_s=1.0) is None


def test_what_is_asked_slowly_comes_on_top() -> None:
    meter = Meter(0.0)
    assert meter.eta_s(knocks(0), in_flight=1, timeout_s=1.0, slow_s=100.0) == 101.0
    assert steady(1000).eta_s(knocks(5000), in_flight=0, timeout_s=0.5, slow_s=7.5) == pytest.approx(13.0)
