"""The way in lines of text: where packets end, and where that is not known."""

from collections.abc import Sequence

import pytest

from portview.diagnose.engine import diagnose
from portview.diagnose.traced import path_lines
from portview.probe.records import Observation
from tests.diagnose.conftest import PORT, TARGET, observation, rst, silent
from tests.diagnose.path_cases import GATEWAY, ROUTER2, control, datagrams, trace, traced

_BOTH = (GATEWAY, ROUTER2)
_CONTROL = f"packets for port 443 reach {TARGET} at hop 3"


@pytest.mark.parametrize(
    ("seen", "lines"),
    [
        (
            traced(silent(), trace(*_BOTH), control(*_BOTH)),
            [
                f"you - {GATEWAY} - {ROUTER2} - ✗",
                f"packets for port {PORT} end at hop 2 or after it",
                _CONTROL,
            ],
        ),
        (traced(rst(), trace(*_BOTH, answer=rst())), [f"you - {GATEWAY} - {ROUTER2} - {TARGET} ✗"]),
        # Silence over UDP: nothing is known to end there, unless another port's packets come farther.
        (
            datagrams(trace(*_BOTH), control(*_BOTH)),
            [
                f"you - {GATEWAY} - {ROUTER2} - ?",
                f"packets for port {PORT} come as far as hop 2 at least",
                _CONTROL,
            ],
        ),
        (
            datagrams(trace(GATEWAY), control(*_BOTH)),
            [f"you - {GATEWAY} - ✗", f"packets for port {PORT} end at hop 1 or after it", _CONTROL],
        ),
        # The target itself reports them: no hop before it needs to.
        (
            traced(silent(), trace(TARGET), trace(port=443, answer=rst(port=443))),
            [f"you - {TARGET} - a machine behind it ✗", f"packets for port 443 reach {TARGET} at hop 1"],
        ),
    ],
    ids=["dropped", "refused", "datagrams", "datagrams_lost", "forwarded"],
)
def test_path_lines(seen: Observation, lines: Sequence[str]) -> None:
    assert list(path_lines(seen, "en")) == lines


@pytest.mark.parametrize(
    ("hears_icmp", "text"),
    [
        (True, "no answer came: no RST, no ICMP error"),
        (False, "no answer came: no RST, no ICMP error that this system tells of"),
    ],
)
def test_silence_is_told_as_far_as_it_was_heard(hears_icmp: bool, text: str) -> None:
    first = diagnose(observation(silent(), hears_icmp=hears_icmp)).causes[0]
    assert text in [statement.text for statement in first.because]
