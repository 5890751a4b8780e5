"""The page of a knock: how its parts are called."""

import pytest

from portview.diagnose.engine import diagnose
from portview.diagnose.report import report
from portview.probe.records import Observation
from tests.diagnose.conftest import connected, icmp, observation, rst, silent


@pytest.mark.parametrize(
    ("seen", "labels"),
    [
        (observation(connected(port=443)), {"Verdict"}),
        (observation(rst(icmp=icmp(3, 3))), {"Certain", "Fix"}),
        (observation(rst()), {"Most likely", "Fix"}),
        (observation(silent()), {"Possible", "If so, fix"}),
    ],
)
def test_a_guess_is_not_given_a_remedy_as_if_it_were_the_answer(seen: Observation, labels: set[str]) -> None:
    page = report(seen, diagnose(seen))
    wanted = {"Verdict", "Certain", "Most likely", "Possible", "Fix", "If so, fix"}
    assert {section.label for section in page.sections} & wanted == labels
