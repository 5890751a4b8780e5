from typing import Any

import pytest

from portview.knowledge.page import Line, Page, Section
from portview.scan.compare import compare
from portview.scan.plan import Plan
from portview.scan.records import HostVerdict, PortResult, Progress, Reason, ScanHost, Unresolved
from portview.scan.reports import Totals
from portview.tui.scan_words import MOST_CHANGES, changes_page, progress_line, summary, with_words
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
        ({}, "50 of 100   0:05 to go   7 waiting   20/s"),
        ({"eta_s": None}, "50 of 100   0:03 gone   7 waiting   20/s"),
        ({"is_paused": True}, "paused   ██████░░░░░░ 50%   50 of 100   0:05 to go"),
        ({"lost": ("192.0.2.7",)}, "no answer from 192.0.2.7 any more: waiting for it"),
        ({"sampling": 1200}, "1,200 asked again slowly"),
        ({"is_held": True}, "sparing the router"),
    ],
)
def test_the_line_of_progress_tells_what_goes_on(more: dict[str, Any], said: str) -> None:
    values: dict[str, Any] = {"eta_s": 5.0, **more}
    progress = Progress(100, 50, 7, 3.0, 20.0, counts={}, window=64, **values)
    assert said in progress_line(progress).plain


def test_very_many_changes_are_not_told_one_by_one() -> None:
    def scan(state: State) -> list[PortResult]:
        reason = Reason.SYN_ACK if state is State.OPEN else Reason.CONN_REFUSED
        return [PortResult("192.0.2.7", port, Protocol.TCP, state, reason) for port in range(1, 301)]

    page = changes_page(compare(scan(State.OPEN), scan(State.CLOSED)), "14:03")
    assert [section.label for section in page.sections] == ["", "Gone"]
    assert len(page.sections[1].lines) == MOST_CHANGES + 1
    assert page.sections[1].lines[-1].text == "and 100 more"


@pytest.mark.parametrize(
    ("verdicts", "hosts", "said"),
    [
        ([], 1, "4 ports in 1.0 s"),
        ([HostVerdict.UP], 1, "4 ports in 1.0 s"),
        ([HostVerdict.OFF], 1, "4 ports in 1.0 s: nobody at this address answers"),
        ([HostVerdict.UP, HostVerdict.OFF, HostVerdict.OFF], 3, "4 ports in 1.0 s, 2 off, 1 up"),
    ],
)
def test_the_summary_says_which_hosts_did_not_answer(
    verdicts: list[HostVerdict], hosts: int, said: str
) -> None:
    plan = Plan(tuple(ScanHost(f"192.0.2.{n}") for n in range(hosts)), {Protocol.TCP: (1,)})
    line = summary(Totals("2024-05-01T14:03:00+00:00", 1.0, 4, 4), plan, verdicts)
    assert line.startswith(said)
    assert line == said or verdicts == [HostVerdict.OFF]


def test_the_summary_names_what_has_no_address() -> None:
    plan = Plan((ScanHost("192.0.2.7"),), {Protocol.TCP: (1,)}, (Unresolved("nas.lan", "nas.lan is gone"),))
    assert summary(Totals("2024-05-01T14:03:00+00:00", 1.0, 1, 1), plan, []).endswith("; nas.lan is gone")


def test_how_far_it_is_of_a_whole_host_fits_a_small_screen() -> None:
    progress = Progress(65_535, 12_345, 1_000, 999.0, 12_345.0, 4000.0, {}, 1_000)
    assert progress_line(progress).cell_length <= 78
