"""Which knocks get controls, and where."""

import pytest

from portview.probe import controls
from portview.probe.records import Attempt, IcmpError, Observation, Resolution, Target
from portview.vocabulary import Family, Outcome, Protocol, SenderClass


def _seen(
    outcome: Outcome, *, port: int = 9, protocol: Protocol = Protocol.TCP, icmp: IcmpError | None = None
) -> Observation:
    attempt = Attempt("127.0.0.1", Family.IPV4, port, outcome, 1.0, icmp=icmp)
    return Observation(Target("nas.lan", port, protocol), Resolution("nas.lan"), (attempt,))


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.CLOSED_BY_PEER])
def test_a_port_that_does_not_serve_is_compared_with_others(outcome: Outcome) -> None:
    attempts = controls.knock(_seen(outcome))
    common, high = attempts[:-1], attempts[-1]
    assert [attempt.port for attempt in common] == [80, 443]
    assert 20_000 <= high.port < 32_000
    assert {attempt.address for attempt in attempts} == {"127.0.0.1"}


def test_the_port_itself_is_no_control() -> None:
    assert [attempt.port for attempt in controls.knock(_seen(Outcome.REFUSED, port=80))][:-1] == [443]


def test_an_answer_from_the_network_is_worth_comparing() -> None:
    icmp = IcmpError(3, 13, "127.0.0.1", SenderClass.TARGET)
    assert controls.knock(_seen(Outcome.UNREACHABLE, icmp=icmp))


@pytest.mark.parametrize(
    "observation",
    [
        _seen(Outcome.CONNECTED),
        _seen(Outcome.LOCAL_ERROR),
        _seen(Outcome.UNREACHABLE),
        _seen(Outcome.REFUSED, protocol=Protocol.UDP),
        _seen(Outcome.NO_ANSWER, protocol=Protocol.UDP),
        Observation(Target("nas.lan", 9), Resolution("nas.lan"), ()),
    ],
)
def test_no_control_where_it_tells_nothing(observation: Observation) -> None:
    assert controls.knock(observation) == ()
