import pytest

from portview.knowledge.page import Line, Page, Section, Tone
from portview.scan.ranges import PortRange
from portview.scan.records import Reason
from portview.tui.ranged import share, speak_for
from portview.vocabulary import State

PAGE = Page("Refused", (Section("Because", (Line("An RST came.", Tone.FACT),)),))


def ports(first: int, last: int, count: int) -> PortRange:
    return PortRange(first, last, count, State.CLOSED, Reason.CONN_REFUSED)


@pytest.mark.parametrize(
    ("first", "last", "count", "said"),
    [(23, 79, 57, "57 ports"), (1, 8118, 858, "858 of 8,118"), (1, 65535, 64999, "64,999 of 65,535")],
)
def test_a_row_claims_no_port_that_was_not_asked(first: int, last: int, count: int, said: str) -> None:
    assert share(ports(first, last, count)) == said


@pytest.mark.parametrize(
    ("count", "running", "cut_short", "said"),
    [
        (8118, False, False, ["This is about all 8,118 ports from 1 to 8118; 1 is the example."]),
        (
            858,
            False,
            False,
            ["This is about 858 of the 8,118 ports from 1 to 8118; the others were not asked."],
        ),
        (858, True, False, ["the others have no result", "The scan goes on"]),
        (858, False, True, ["the others have no result", "The scan was cut short"]),
        (8118, False, True, ["all 8,118 ports", "The scan was cut short"]),
    ],
)
def test_the_page_of_a_range_begins_with_its_ports(
    count: int, running: bool, cut_short: bool, said: list[str]
) -> None:
    page = speak_for(PAGE, ports(1, 8118, count), running=running, cut_short=cut_short)
    first = " ".join(line.text for line in page.sections[0].lines)
    assert all(words in first for words in said)
    assert ("scan" in first) == (running or cut_short)
    assert page.sections[1:] == PAGE.sections
    assert page.title == PAGE.title


def test_the_page_of_one_port_stays_as_it_is() -> None:
    assert speak_for(PAGE, ports(22, 22, 1), running=True, cut_short=True) is PAGE
