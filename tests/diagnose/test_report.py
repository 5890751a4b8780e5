"""The page of a knock: how its parts are called."""

import pytest

from portview.diagnose.engine import diagnose
from portview.diagnose.records import Finding
from portview.diagnose.report import report
from portview.diagnose.words import cause_of
from portview.knowledge.load import cause_ids, phrases
from portview.probe.records import Observation
from portview.vocabulary import Confidence
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


@pytest.mark.parametrize("cause_id", cause_ids())
def test_what_is_done_here_does_not_stand_under_the_name_of_another_place(cause_id: str) -> None:
    finding = Finding(cause_id, Confidence.LIKELY, ())
    said = cause_of(finding, phrases("words")["general"], frozenset(), "en")
    places = [check.place != "" for check in said.check]
    assert places == sorted(places)
