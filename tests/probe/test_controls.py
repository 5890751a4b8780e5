"""Which control ports are knocked at, and how often."""

import time

import pytest

from portview.probe import controls
from portview.probe.records import Attempt
from portview.vocabulary import Family, Outcome


def _knock(outcome: Outcome, port: int = 9) -> tuple[Attempt, ...]:
    return controls.knock(Attempt("127.0.0.1", Family.IPV4, port, outcome, 1.0), time.monotonic() + 5)


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.CLOSED_BY_PEER])
def test_a_port_that_does_not_serve_is_compared_with_others(outcome: Outcome) -> None:
    attempts = _knock(outcome)
    common, high = attempts[:-1], attempts[-1]
    assert [attempt.port for attempt in common] == [80, 443]
    assert 20_000 <= high.port < 32_000
    assert {attempt.address for attempt in attempts} == {"127.0.0.1"}


def test_a_port_that_connects_is_compared_with_one_that_nobody_uses() -> None:
    [control] = _knock(Outcome.CONNECTED)
    assert 20_000 <= control.port < 32_000
    assert control.outcome is Outcome.REFUSED


def test_the_port_itself_is_no_control() -> None:
    assert [attempt.port for attempt in _knock(Outcome.REFUSED, port=80)][:-1] == [443]


def test_no_time_left_no_control() -> None:
    assert controls.knock_at("127.0.0.1", [9], time.monotonic() - 1) == ()
