"""Which addresses of an SSH port are called, and when one more call is too many."""

import pytest

from portview.probe.politeness import may_call_again, waves
from portview.probe.records import Attempt, Observation, Resolution, Target
from portview.vocabulary import Family, Outcome, Protocol

A, B, C = "192.0.2.1", "192.0.2.2", "192.0.2.3"
X, Y = "2001:db8::1", "2001:db8::2"


@pytest.mark.parametrize(
    ("port", "protocol", "addresses", "expected"),
    [
        (22, Protocol.TCP, (), ((),)),
        (22, Protocol.TCP, (A, X), ((A, X),)),
        (22, Protocol.TCP, (A, B, C), ((A, B), (C,))),
        (22, Protocol.TCP, (X, Y, A), ((X, A), (Y,))),
        (2222, Protocol.TCP, (A, B, X, Y, C), ((A, X), (B, Y))),
        (22, Protocol.UDP, (A, B, C), ((A, B, C),)),
        (443, Protocol.TCP, (A, B, C), ((A, B, C),)),
    ],
)
def test_waves(
    port: int, protocol: Protocol, addresses: tuple[str, ...], expected: tuple[tuple[str, ...], ...]
) -> None:
    assert waves(Target("nas.lan", port, protocol), addresses) == expected


@pytest.mark.parametrize(("port", "attempts", "may"), [(22, 1, True), (22, 2, False), (443, 2, True)])
def test_one_more_call(port: int, attempts: int, may: bool) -> None:
    attempt = Attempt(A, Family.IPV4, port, Outcome.CONNECTED, 1.0)
    seen = Observation(Target("nas.lan", port), Resolution("nas.lan", (A, B)), (attempt,) * attempts)
    assert may_call_again(seen) is may
