from typing import Any

import pytest

from portview.knowledge.page import Line, Page, Section
from portview.scan.compare import compare
from portview.scan.records import PortResult, Progress, Reason
from portview.tui.scan_words import MOST_CHANGES, changes_page, progress_line, with_words
from portview.vocabulary import Protocol, State

PAGE = Page("22/tcp", (Section("", (Line("what happened"),)), Section("Verdict", (Line("why"),))))


def test_first_words_stand_after_what_happened() -> None:
    first, words, last = with_words(PAGE, "SSH-2.0-x").sections
    assert (first, last) == PAGE.sections
    assert (words.label, words.lines[0].text) == ("First words", "SSH-2.0-x")
    assert with_words(PAGE, "") is PAGE


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "50 of 100   7 waiting   20/s   0:05 to go"),
        ({"eta_s": None}, "50 of 100   7 waiting   20/s   0:03 gone"),
        ({"is_paused": True}, "paused"),
        ({"lost": ("192.0.2.7",)}, "no answer from 192.0.2.7 any more: waiting for it"),
        ({"sampling": 1200}, "1,200 asked again slowly"),
        ({"is_held": True}, "sparing the router"),
    ],
)
def test_the_line_of_progress_tells_what_goes_on(more: dict[str, Any], said: str) -> None:
    values: dict[str, Any] = {"eta_s": 5.0, **more}
    progress = Progress(100, 50, 7, 3.0, 20.0, counts={}, window=64, **values)
    assert said in progress_line(progress)


def test_very_many_changes_are_not_told_one_by_one() -> None:
    def scan(state: State) -> list[PortResult]:
        reason = Reason.SYN_ACK if state is State.OPEN else Reason.CONN_REFUSED
        return [PortResult("192.0.2.7", port, Protocol.TCP, state, reason) for port in range(1, 301)]

    page = changes_page(compare(scan(State.OPEN), scan(State.CLOSED)), "14:03")
    assert [section.label for section in page.sections] == ["", "Gone"]
    assert len(page.sections[1].lines) == MOST_CHANGES + 1
    assert page.sections[1].lines[-1].text == "and 100 more"
