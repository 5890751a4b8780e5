import pytest

from portview.scan.progress import Meter


def test_nothing_is_foretold_at_the_start() -> None:
    meter = Meter(100.0)
    assert meter.eta_s(to_send=1000, in_flight=0, timeout_s=1.0) is None
    meter.update(100.1, 100)
    assert meter.eta_s(to_send=1000, in_flight=0, timeout_s=1.0) is None


def test_a_steady_rate_gives_the_rest_and_one_wait() -> None:
    meter = Meter(100.0)
    for tenth in range(1, 31):
        meter.update(100.0 + tenth / 10, tenth * 100)
    assert meter.rate_per_s == pytest.approx(1000)
    assert meter.eta_s(to_send=5000, in_flight=64, timeout_s=0.5) == pytest.approx(5.5)


def test_when_all_is_sent_only_the_wait_is_left() -> None:
    meter = Meter(0.0)
    assert meter.eta_s(to_send=0, in_flight=3, timeout_s=0.7) == 0.7
    assert meter.eta_s(to_send=0, in_flight=0, timeout_s=0.7) == 0.0


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
    assert meter.eta_s(to_send=10, in_flight=0, timeout_s=1.0) is None


def test_what_is_asked_slowly_comes_on_top() -> None:
    meter = Meter(0.0)
    assert meter.eta_s(to_send=0, in_flight=1, timeout_s=1.0, slow_s=100.0) == 101.0
    for tenth in range(1, 31):
        meter.update(tenth / 10, tenth * 100)
    assert meter.eta_s(to_send=5000, in_flight=0, timeout_s=0.5, slow_s=7.5) == pytest.approx(13.0)
