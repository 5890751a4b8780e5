import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portview.scan.rate import ROUTED_RATE_PER_S, ROUTER_PLACES, Pace, Router
from portview.vocabulary import Protocol


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
    assert pace.room(60.0) == 21


def test_the_slowest_pace_sends_one_at_a_time() -> None:
    pace = Pace(0.5)
    assert pace.room(0.0) == 1
    pace.spend()
    assert pace.room(1.0) == 0
    assert pace.room(2.0) == 1


TCP, UDP = Protocol.TCP, Protocol.UDP


def fill(router: Router, now_s: float, *, ending: str = "silent", protocol: Protocol = TCP) -> int:
    """Send what there is room for, and return how much that was."""
    room = max(0, router.room(now_s))
    for _ in range(room):
        router.sent(now_s, protocol)
        if ending == "refused":
            router.refused(now_s)
        elif ending == "opened":
            router.opened(now_s, now_s)
    return room


def sent_in(router: Router, seconds: range, *, ending: str, protocol: Protocol = TCP) -> list[int]:
    """How much was sent in each of these seconds."""
    return [
        sum(fill(router, second + part / 50, ending=ending, protocol=protocol) for part in range(50))
        for second in seconds
    ]


def test_half_of_the_places_are_taken_as_fast_as_the_pace_allows() -> None:
    router = Router()
    [first] = sent_in(router, range(1), ending="silent")
    assert ROUTER_PLACES // 2 <= first <= ROUTED_RATE_PER_S * 1.02


@pytest.mark.parametrize(
    ("ending", "protocol", "kept_s"),
    [("opened", TCP, 10), ("silent", TCP, 120), ("silent", UDP, 30)],
)
def test_never_more_places_are_taken_than_there_are(ending: str, protocol: Protocol, kept_s: int) -> None:
    sent = sent_in(Router(), range(300), ending=ending, protocol=protocol)
    assert max(sum(sent[second : second + kept_s]) for second in range(300)) <= ROUTER_PLACES


def test_ports_that_refuse_take_no_place() -> None:
    router = Router()
    sent = sent_in(router, range(60), ending="refused")
    assert min(sent) >= ROUTED_RATE_PER_S * 0.98
    assert router.staying == 0
    assert not router.is_full


def test_ports_that_stay_silent_fill_it() -> None:
    router = Router()
    sent_in(router, range(30), ending="silent")
    assert router.is_full
    assert router.staying >= ROUTER_PLACES * 0.99


@pytest.mark.parametrize(
    ("ending", "protocol", "per_s"), [("opened", TCP, 683), ("silent", TCP, 67), ("silent", UDP, 256)]
)
def test_the_rate_that_lasts(ending: str, protocol: Protocol, per_s: int) -> None:
    sent = sent_in(Router(), range(480), ending=ending, protocol=protocol)
    assert sum(sent[-360:]) / 360 == pytest.approx(per_s, rel=0.05)


def test_an_answer_to_what_is_forgotten_changes_nothing() -> None:
    router = Router()
    router.sent(0.0, TCP)
    router.room(200.0)
    router.refused(0.0)
    router.opened(0.0, 200.0)
    assert router.staying == 1
    assert not router.is_full


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 9000), st.integers(0, 130), st.integers(1, 12_000))
def test_the_wait_is_foretold(before: int, passed_s: int, staying: int) -> None:
    router = Router()
    router.room(0.0)
    for _ in range(min(before, ROUTER_PLACES)):
        router.sent(0.0, TCP)
    now_s = float(passed_s)
    router.room(now_s)
    foretold_s = router.wait_s(staying, now_s, TCP)
    left, end_s = staying, now_s
    while left > 0:
        left -= fill(router, end_s)
        end_s += 0.02
    # The pace is not in it: it holds for all knocks, and those that stay are only some of them.
    at_pace_s = staying / ROUTED_RATE_PER_S
    assert foretold_s <= end_s - now_s + 5.0
    assert end_s - now_s <= foretold_s * 1.1 + at_pace_s + 5.0


def test_what_is_free_needs_no_wait() -> None:
    assert Router().wait_s(1000, 0.0, TCP) == 0.0
    assert Router().wait_s(0.0, 0.0, TCP) == 0.0
