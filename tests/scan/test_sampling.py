from itertools import pairwise

import pytest

from portview.probe.errqueue import QueuedError
from portview.scan.host import Host, Reach
from portview.scan.knock import Knock
from portview.scan.loss import Loss
from portview.scan.pacing import Timing, Window
from portview.scan.sampling import INTERVAL_S, Sampling

REJECTED = QueuedError(111, True, 3, 3, "192.0.2.7", 80)


def silent(count: int) -> list[Knock]:
    host = Host("192.0.2.7", [], Reach.ROUTED, Timing(), Window(), Loss(), None)
    return [Knock(host, port) for port in range(1000, 1000 + count)]


def ask(sampling: Sampling, answers: bool, *, start_s: float = 0.0) -> list[tuple[float, int]]:
    """Sample to the end; when each port was asked."""
    asked, now_s = [], start_s
    while not sampling.is_over:
        now_s += 0.05
        if knock := sampling.next(now_s):
            asked.append((now_s, knock.port))
            if answers:
                sampling.landed(REJECTED)
        assert now_s < start_s + 1000
    return asked


def test_a_few_are_asked_slowly_and_from_everywhere() -> None:
    sampling = Sampling()
    sampling.error = REJECTED
    sampling.begin(silent(600), 0.0, everyone=False)
    asked = ask(sampling, answers=True)
    assert sampling.sampled == sampling.rejected == len(asked) == 6
    assert asked[0][0] >= INTERVAL_S
    assert all(later - sooner >= INTERVAL_S for (sooner, _), (later, _) in pairwise(asked))
    assert [(port - 1000) // 100 for _, port in asked] == [0, 1, 2, 3, 4, 5]


def test_silence_ends_it_early() -> None:
    sampling = Sampling()
    sampling.error = REJECTED
    sampling.begin(silent(600), 0.0, everyone=False)
    assert len(ask(sampling, answers=False)) == 3
    assert sampling.rejected == 0


def test_everyone_means_everyone() -> None:
    sampling = Sampling()
    sampling.error = REJECTED
    assert sampling.left(20, everyone=True) == 20
    assert sampling.left(20, everyone=False) == 6
    sampling.begin(silent(20), 0.0, everyone=True)
    assert sampling.left(0, everyone=True) == 20
    assert len(ask(sampling, answers=False)) == 20


@pytest.mark.parametrize(
    ("tries", "is_obvious"),
    [
        ([1, 1, 1, 1, 1, 1, 2, 3], True),
        ([1, 2, 2], True),
        ([1, 2], False),
        ([2, 2], False),
        ([1] * 40 + [2] * 3, False),
        ([1] * 6, False),
    ],
    ids=["a burst", "one at once", "one later", "none at once", "many at once", "none later"],
)
def test_a_limit_may_be_obvious(tries: list[int], is_obvious: bool) -> None:
    sampling = Sampling()
    for count in tries:
        sampling.heard(REJECTED, tries=count)
    assert sampling.is_obvious is is_obvious
