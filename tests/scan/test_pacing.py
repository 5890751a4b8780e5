import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.scan.pacing import (
    TIMEOUT_MAX_S,
    TIMEOUT_MIN_S,
    WINDOW_MAX,
    WINDOW_START,
    Ceiling,
    Timing,
    Window,
)

events = st.lists(st.sampled_from(["answered", "silent", "lost", "restart", "nothing_yet"]), max_size=300)


def test_the_first_wait_is_a_second() -> None:
    assert Timing().timeout_s == 1.0


@pytest.mark.parametrize(
    ("rtt_s", "expected_s"),
    [(0.0001, 0.1), (0.04, 0.1), (0.1, 0.17), (0.4, 0.62), (0.89, 1.355)],
)
def test_the_wait_follows_the_round_trip(rtt_s: float, expected_s: float) -> None:
    timing = Timing()
    for _ in range(20):
        timing.sample(rtt_s)
    assert timing.timeout_s == pytest.approx(expected_s)


def test_the_slow_tail_decides_and_not_the_average() -> None:
    timing = Timing()
    for number in range(256):
        timing.sample(0.5 if number % 20 == 0 else 0.01)
    assert timing.timeout_s == pytest.approx(0.77)


def test_old_round_trips_are_forgotten() -> None:
    timing = Timing()
    for rtt_s in [0.5] * 256 + [0.001] * 272:
        timing.sample(rtt_s)
    assert timing.timeout_s == TIMEOUT_MIN_S


def test_an_answer_to_a_repeated_syn_is_no_sample() -> None:
    timing = Timing()
    timing.sample(1.01)
    assert timing.timeout_s == 1.0


def test_a_fixed_wait_stays() -> None:
    timing = Timing(fixed_s=0.25)
    timing.sample(0.5)
    assert timing.timeout_s == 0.25


@given(st.lists(st.floats(0, 10), max_size=600))
def test_the_wait_stays_in_its_bounds(samples: list[float]) -> None:
    timing = Timing()
    for sample in samples:
        timing.sample(sample)
        assert TIMEOUT_MIN_S <= timing.timeout_s <= TIMEOUT_MAX_S


def test_the_median_is_known_when_the_wait_is_fixed() -> None:
    timing = Timing(fixed_s=0.25)
    assert timing.median_s is None
    for rtt_s in (0.1, 0.2, 0.3):
        timing.sample(rtt_s)
    assert timing.median_s == 0.2


def answer(window: Window, count: int, *, start_s: float = 0.0, rtt_s: float = 0.01) -> None:
    """Answers that all come in the same instant: nothing is learnt of what the link carries."""
    for _ in range(count):
        window.answered(start_s, rtt_s)


@given(st.integers(1, WINDOW_MAX), events)
def test_the_window_stays_in_its_bounds(limit: int, names: list[str]) -> None:
    window = Window(limit)
    for now_s, name in enumerate(names):
        if name == "lost":
            window.lost(float(now_s), 0.1)
        elif name == "answered":
            window.answered(float(now_s), 0.3)
        elif name == "nothing_yet":
            window.nothing_yet(0.3)
        elif name == "restart":
            window.restart()
        else:
            window.silent()
        assert 1 <= window.size <= limit


def test_answers_widen_the_window_to_its_limit() -> None:
    window = Window()
    assert window.size == WINDOW_START
    answer(window, WINDOW_MAX)
    assert window.size == WINDOW_MAX


def test_the_losses_of_one_flight_shrink_it_once() -> None:
    window = Window()
    answer(window, 1000 - WINDOW_START)
    for now_s in (5.0, 5.01, 5.05):
        window.lost(now_s, 0.1)
    assert window.size == 700
    window.lost(5.2, 0.1)
    assert window.size in (489, 490)


def test_loss_never_shrinks_below_the_start() -> None:
    window = Window()
    for flight in range(50):
        window.lost(float(flight), 0.1)
    assert window.size == WINDOW_START


def test_loss_by_chance_does_not_keep_it_from_growing() -> None:
    # 40 ms away, and in each flight some are lost, but twice as many knocks bring twice the answers.
    window = Window()
    for flight in range(30):
        now_s = flight * 0.06
        window.lost(now_s, 0.01)
        answer(window, window.size - 4, start_s=now_s, rtt_s=0.04)
    assert window.size > 500


def test_a_link_that_carries_no_more_is_not_flooded() -> None:
    # 50 answers in each 50 ms, 1 ms away, however many knocks are in flight: the rest is lost.
    window = Window()
    answer(window, 1000)
    for flight in range(100):
        now_s = 1.0 + flight * 0.05
        window.lost(now_s, 0.05)
        answer(window, 50, start_s=now_s, rtt_s=0.001)
    assert window.size < 2 * WINDOW_START


def test_after_a_loss_it_grows_by_eight_a_window() -> None:
    window = Window()
    window.lost(0.0, 0.1)
    answer(window, WINDOW_START)
    assert WINDOW_START + 7 <= window.size <= WINDOW_START + 8


def test_silence_among_answers_does_not_widen_it() -> None:
    window = Window()
    answer(window, 100)
    before = window.size
    for _ in range(100):
        window.silent()
    assert window.size == before


def test_where_silence_is_the_rule_it_widens() -> None:
    window = Window()
    answer(window, 1)
    before = window.size
    for _ in range(104):
        window.silent()
    assert window.size == before + 100


def test_a_host_that_says_nothing_is_waited_for_in_parallel() -> None:
    window = Window()
    window.nothing_yet(0.2)
    assert window.size == WINDOW_START
    window.nothing_yet(0.3)
    assert window.size >= 512


def test_a_host_that_has_answered_is_not_called_silent() -> None:
    window = Window()
    answer(window, 1)
    window.nothing_yet(5.0)
    assert window.size == WINDOW_START + 1


def test_a_shortage_shrinks_below_what_is_in_flight_and_passes() -> None:
    ceiling = Ceiling(100)
    ceiling.starved(40)
    assert ceiling.size == 32
    ceiling.starved(0)
    assert ceiling.size == 1
    for _ in range(2000):
        ceiling.relieved()
    assert ceiling.size == 100
