"""One finding per cause, the surest first."""

from portview.diagnose.rank import ranked
from portview.diagnose.records import Fact
from portview.diagnose.rules.say import certain, likely, possible


def test_surer_comes_first_then_heavier_then_earlier() -> None:
    found = [
        possible("a", "x", weight=9),
        likely("b", "x"),
        likely("c", "x"),
        likely("d", "x", weight=1),
        certain("e", "x"),
    ]
    assert [finding.cause for finding in ranked(found)] == ["e", "d", "b", "c", "a"]


def test_what_is_aside_comes_last() -> None:
    found = [certain("a", "x", aside=True), possible("b", "x")]
    assert [finding.cause for finding in ranked(found)] == ["b", "a"]


def test_what_leads_there_comes_before_what_is_certain_there() -> None:
    found = [certain("a", "x"), likely("b", "x", astray=True)]
    assert [finding.cause for finding in ranked(found)] == ["b", "a"]


def test_the_same_cause_is_merged_with_its_evidence() -> None:
    [finding] = ranked([possible("a", "x", "y"), certain("a", "z", "x")])
    assert finding.confidence == "certain"
    assert finding.because == (Fact("z"), Fact("x"), Fact("y"))
