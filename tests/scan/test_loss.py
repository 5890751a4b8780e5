import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.scan.loss import TRIES_MAX, TRIES_MIN, Loss


def measured(answered: int, repeated: int = 0) -> Loss:
    """So many ports that answered at once, and so many that did the second time."""
    loss = Loss()
    for _ in range(answered):
        loss.answered(1)
    for _ in range(repeated):
        loss.answered(2)
    return loss


def test_without_an_answer_nothing_is_known() -> None:
    loss = Loss()
    assert loss.share is None
    loss.missed()
    assert loss.share is None
    assert loss.tries_for(65535) == TRIES_MIN


def test_a_datagram_that_nobody_repeats_is_sent_oftener() -> None:
    assert Loss(is_repeated=False).tries_for(1) == TRIES_MIN + 1


def test_what_was_asked_in_vain_counts() -> None:
    loss = measured(90, 5)
    assert loss.share == pytest.approx(0.05)
    loss.missed()
    assert loss.share == pytest.approx(6 / 101)


def test_what_was_withheld_is_no_loss_but_is_asked_oftener() -> None:
    loss, lossy = measured(1000), measured(1000, 100)
    for _ in range(100):
        loss.withheld()
    assert loss.share == 0
    assert loss.tries_for(2000) == lossy.tries_for(2000) > measured(1000).tries_for(2000)


@pytest.mark.parametrize(
    ("loss", "ports", "tries"),
    [
        (measured(1000), 2000, 2),
        (measured(100), 2000, 2),
        # Few answers say little of loss.
        (measured(1), 2, 3),
        (measured(20), 2000, 3),
        # One loss out of two tries is no proof of a bad line, but makes one likelier.
        (measured(0, 1), 3, 4),
        (measured(0, 3), 3, 5),
        # A share of 5.9 %: 3 % each way.
        (measured(9000, 600), 10_000, 6),
        # 9.75 %: 5 % each way.
        (measured(8000, 970), 20_000, 8),
        (measured(10, 90), 65_535, TRIES_MAX),
    ],
)
def test_more_loss_and_more_ports_need_more_tries(loss: Loss, ports: int, tries: int) -> None:
    assert loss.tries_for(ports) == tries


@given(st.lists(st.integers(1, 8), max_size=50), st.integers(0, 50), st.integers(1, 65_535))
def test_the_tries_stay_in_their_bounds(answered: list[int], missed: int, ports: int) -> None:
    loss = Loss()
    for tries in answered:
        loss.answered(tries)
    for _ in range(missed):
        loss.missed()
    assert TRIES_MIN <= loss.tries_for(ports) <= TRIES_MAX
    assert loss.share is None or 0 <= loss.share < 1
