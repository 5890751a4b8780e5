"""The page of a knock: how its parts are called."""

import pytest

from portview.diagnose.engine import diagnose
from portview.diagnose.records import Finding
from portview.diagnose.report import report
from portview.diagnose.words import cause_of
from portview.knowledge.load import cause_ids, phrases
from portview.probe.records import Observation
from portview.vocabulary import Confidence, SenderClass
from tests.diagnose.conftest import connected, here, icmp, listener, observation, rst, silent, unreachable


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
    said = cause_of(finding, {**phrases("words")["general"], "port": "80"}, frozenset(), "en")
    places = [check.place != "" for check in said.check]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("seen", "warns"),
    [
        (observation(unreachable(icmp(3, 13), port=6379)), "take over the machine"),
        (observation(silent(port=3389), controls=(rst(port=80),)), "VPN"),
        (observation(rst(port=6379)), None),  # what would open it is only possible here
        (observation(unreachable(icmp(3, 13), port=443)), None),
        (observation(unreachable(icmp(3, 13, SenderClass.ROUTER), port=6379)), None),
    ],
)
def test_who_is_told_to_open_a_port_is_told_of_its_danger(seen: Observation, warns: str | None) -> None:
    fix = diagnose(seen).causes[0].fix
    assert ("mind whom you let in" in fix) is (warns is not None)
    assert (warns or "") in fix


def test_a_check_is_written_out_once() -> None:
    seen = observation(rst())
    page = report(seen, diagnose(seen))
    lines = [line.text for section in page.sections for line in section.lines]
    assert "The service listens on loopback only. The check below tells" in lines
    assert sum(line.endswith("ss --tcp -lnp 'sport = :20001'") for line in lines) == 1


def test_who_is_told_to_leave_loopback_is_told_of_the_danger() -> None:
    [cause, *_] = diagnose(here(rst(port=6379)), [listener("127.0.0.1", 6379)]).causes
    assert cause.id == "bound_loopback"
    assert "keep protected-mode on" in cause.fix
