"""Rules about sockets, on sockets made by hand: what no process of a test can bring about."""

from dataclasses import replace

import pytest

from portview.diagnose.findings.case import Case, Concern
from portview.diagnose.findings.exposed import risky_service
from portview.diagnose.findings.holders import nobody_visible
from portview.diagnose.findings.pressure import (
    DROPS_MANY,
    SYN_RECV_MANY,
    accept_queue,
    syn_backlog,
    udp_drops,
)
from portview.diagnose.findings.registry import RULES
from portview.diagnose.findings.words import spoken, worst
from portview.diagnose.survey import Survey
from portview.knowledge.load import RiskText, findings, phrases, risk_texts
from portview.knowledge.page import Tone
from portview.knowledge.programs import usual_ports
from portview.knowledge.template import placeholders
from portview.sockets.about import about
from portview.sockets.interfaces import InterfaceAddress, Network
from portview.sockets.machine import Counters, Drops, Machine
from portview.sockets.records import Hidden, LocalSocket, Snapshot
from tests.diagnose.conftest import listener, queue

WG = InterfaceAddress("wg0", "10.8.0.1", 24, Network.VPN)


def case(socket: LocalSocket, machine: Machine | None = None, **crowd: int) -> Case:
    snapshot = Snapshot((socket,), Hidden(), "proc", machine=machine or Machine())
    return Case(socket, about(socket, snapshot.machine), snapshot, (socket,), crowd)


def ids(socket: LocalSocket, machine: Machine | None = None) -> set[str]:
    return {one.id for rule in RULES for one in rule(case(socket, machine))}


def test_nobody_holds_it_though_everybody_was_asked() -> None:
    nobody = replace(listener(name=None), inode=7)
    assert [one.id for one in nobody_visible(case(nobody))] == ["nobody_visible"]
    assert not list(nobody_visible(case(replace(nobody, owner_hidden=True))))
    assert not list(nobody_visible(case(listener())))


@pytest.mark.parametrize(("count", "told"), [(SYN_RECV_MANY, 1), (SYN_RECV_MANY - 1, 0), (0, 0)])
def test_half_open_connections(count: int, told: int) -> None:
    assert len(list(syn_backlog(case(listener(), SYN_RECV=count)))) == told


@pytest.mark.parametrize(
    ("waiting", "limit", "overflows", "found"),
    [
        (6, 5, None, "accept_queue_full"),
        (5, 5, None, None),
        (5, 5, 3, "accept_queue_overflowed"),
        (0, 5, 3, "accept_queue_overflowed"),
        (0, 128, 3, None),
        (1, None, 3, "accept_queue_overflowed"),
        (0, None, 3, None),
        (None, None, 3, None),
    ],
)
def test_queues(waiting: int | None, limit: int | None, overflows: int | None, found: str | None) -> None:
    machine = Machine(counters=Counters(overflows))
    told = [one.id for one in accept_queue(case(listener(queue=queue(waiting, limit)), machine))]
    assert told == ([found] if found else [])


@pytest.mark.parametrize(
    ("drops", "found"),
    [
        (None, []),
        (Drops(DROPS_MANY - 1, 0), []),
        (Drops(DROPS_MANY, 0), ["udp_drops"]),
        (Drops(1, 1), ["udp_drops_now"]),
    ],
)
def test_lost_datagrams(drops: Drops | None, found: list[str]) -> None:
    machine = Machine(drops={7: drops} if drops else {})
    assert [one.id for one in udp_drops(case(replace(listener(), inode=7), machine))] == found


@pytest.mark.parametrize(
    ("address", "machine", "risky"),
    [
        ("0.0.0.0", Machine(), True),
        ("192.168.1.2", Machine(), True),
        ("127.0.0.1", Machine(), False),
        ("10.8.0.1", Machine(addresses=(WG,)), False),
    ],
)
def test_a_risk_is_one_where_strangers_can_knock(address: str, machine: Machine, risky: bool) -> None:
    assert ("redis" in ids(listener(address, 6379), machine)) == risky


def test_the_program_says_more_than_the_port() -> None:
    assert "redis" in ids(listener(port=7000, name="redis-server"))
    assert "redis" not in ids(listener(port=6379, name="sshd"))
    assert {"redis", "database"} & ids(listener(port=5432, name="redis-server")) == {"redis"}


def test_a_risk_names_its_program() -> None:
    [found] = risky_service(case(listener(port=7000, name="redis-server")))
    assert spoken(found).because == "the process is called redis-server."


@pytest.mark.parametrize("finding", sorted(findings()))
def test_every_finding_has_all_its_words(finding: str) -> None:
    text = findings()[finding]
    gaps = placeholders(text.title) | placeholders(text.reason) | placeholders(text.fix)
    said = spoken(Concern(finding, values=tuple((gap, "<[/x]>") for gap in gaps)))
    assert said.title
    assert "{" not in said.reason + said.fix


@pytest.mark.parametrize("risk", risk_texts().values(), ids=lambda risk: risk.id)
def test_every_risk_has_words_without_gaps(risk: RiskText) -> None:
    values = (("program", "p"), ("port", "1"))
    for because in phrases("sockets")["because"]:
        said = spoken(Concern(risk.id, values=values, because=because, risk=True))
        assert said.tone is Tone.WARN
        assert said.because


def test_the_gravest_finding_gives_the_tone() -> None:
    full = spoken(Concern("accept_queue_full", values=(("waiting", "2"), ("limit", "1"))))
    note = spoken(Concern("nobody_visible"))
    assert worst((note, full)) is Tone.BAD
    assert worst((note,)) is Tone.PLAIN
    assert worst(()) is Tone.PLAIN


def test_names_are_cut_as_the_kernel_cuts_them() -> None:
    assert all(len(name) <= 15 for name in usual_ports())
    assert all(len(name) <= 15 for risk in risk_texts().values() for name in risk.programs)


def test_a_survey_answers_once() -> None:
    socket = listener(port=6379)
    survey = Survey(Snapshot((socket,), Hidden(), "proc"))
    assert survey.concerns(socket) is survey.concerns(socket)
    assert survey.about(socket) is survey.about(socket)
