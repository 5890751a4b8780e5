from typing import Any

import pytest

from portview.cli.scan_text import TextWriter
from portview.scan.plan import Plan
from portview.scan.records import HostFacts, HostVerdict, PortResult, Reason, ScanHost
from portview.scan.reports import HostReport, Totals
from portview.scan.said import Said
from portview.vocabulary import Protocol, State

NAS = ScanHost("192.0.2.7", "nas.lan")


def silent(port: int, tries: int = 3, loss: float | None = 0.02) -> PortResult:
    return PortResult(
        NAS.address, port, Protocol.TCP, State.FILTERED, Reason.NO_RESPONSE, tries=tries, loss=loss
    )


def undecided(port: int) -> PortResult:
    return PortResult(
        NAS.address, port, Protocol.UDP, State.OPEN_OR_FILTERED, Reason.RATE_LIMITED, NAS.address
    )


def text(*results: PortResult, **more: Any) -> list[str]:
    ports: dict[Protocol, tuple[int, ...]] = {}
    for one in results:
        ports[one.protocol] = (*ports.get(one.protocol, ()), one.port)
    report = HostReport(NAS, results, len(results), **more)
    parts: list[str] = []
    writer = TextWriter(parts.append)
    writer.begin(Plan((NAS,), ports), "2026-01-02T03:04:05+01:00")
    writer.host(report)
    writer.end(Totals("2026-01-02T03:04:05+01:00", 1.0, len(results), len(results)))
    return [line.strip() for line in "".join(parts).splitlines()]


def test_silence_says_how_often_it_was_asked_and_what_gets_lost() -> None:
    lines = text(silent(1), silent(2), facts=HostFacts(loss=0.021))
    assert lines[0] == "nas.lan (192.0.2.7)"
    assert lines[1] == "2.1% of the knocks got lost on the way"
    assert lines[3].startswith("1-2/tcp (2 ports)  filtered  no-response (3 tries, 2% loss)  ")
    assert "no-response (1 try)" in text(silent(1, 1, None))[2]


def test_a_sample_says_what_it_was() -> None:
    lines = text(silent(1), facts=HostFacts(sampled=6, rejected=5))
    assert lines[1] == "5 of 6 silent ports were rejected when asked slowly"


def test_a_range_names_the_services_in_it() -> None:
    lines = text(*map(silent, (22, 80, 100, 443)))
    assert lines[2].startswith("22-443/tcp (4 of 422 asked)")
    assert lines[2].endswith("  ssh http https")
    assert text(*map(silent, range(20, 1000)))[2].endswith(")")
    assert text(silent(60001), silent(60002))[2].endswith("  -")


def test_withheld_rejections_stand_with_those_that_came() -> None:
    came = [
        PortResult(NAS.address, port, Protocol.TCP, State.FILTERED, reason, NAS.address, 3, 3)
        for port, reason in ((1, Reason.PORT_UNREACH), (2, Reason.RATE_LIMITED), (3, Reason.PORT_UNREACH))
    ]
    assert "filtered  port-unreach from 192.0.2.7 (1 rate-limited)" in text(*came)[2]


def test_undecided_udp_ports_say_what_deciding_them_would_take() -> None:
    lines = text(*map(undecided, range(1, 101)), verdict=HostVerdict.RATE_LIMITED)
    assert "100 ports undecided" in lines[-3]
    assert "--confirm-all asks them all slowly, about 2 min" in lines[-3]


def test_first_words_stand_with_their_port() -> None:
    found = PortResult(NAS.address, 22, Protocol.TCP, State.OPEN, Reason.SYN_ACK)
    assert text(found, said={(Protocol.TCP, 22): Said("SSH-2.0-x")})[2].endswith("ssh  SSH-2.0-x")


@pytest.mark.parametrize("verdict", [HostVerdict.EVERYTHING_OPEN, HostVerdict.LOST, HostVerdict.SILENT])
def test_every_verdict_but_up_is_said(verdict: HostVerdict) -> None:
    assert len(text(silent(1), verdict=verdict)) == len(text(silent(1), verdict=HostVerdict.UP)) + 1


@pytest.mark.parametrize(
    ("one", "command"),
    [(silent(7), "portview probe 192.0.2.7 7"), (undecided(7), "portview probe --udp 192.0.2.7 7")],
)
def test_what_was_not_sent_names_the_knock_that_tells_more(one: PortResult, command: str) -> None:
    assert text(one, verdict=HostVerdict.NOT_SENT)[1].endswith(f"; {command} tells more")


def test_what_only_the_rank_chose_says_how_to_ask_all() -> None:
    for top, expected in ((None, 1), (1000, 2), (65535, 1)):
        parts: list[str] = []
        TextWriter(parts.append, top).end(Totals("", 2.0, 1000, 1000))
        assert len(parts) == expected
        assert ("only the top 1000 ports: -p - asks all\n" in parts) is (expected == 2)


def test_a_skipped_host_says_how_far_it_was() -> None:
    assert "skipped: 1 of 1 port done" in text(silent(1), was_skipped=True)
