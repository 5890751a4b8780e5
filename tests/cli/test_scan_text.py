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


@pytest.mark.parametrize(
    ("done", "cancelled", "gave_up", "line"),
    [
        (2, False, None, "2 ports in 1.0 s"),
        (1, True, None, "1 port in 1.0 s (interrupted: 1 of 2)"),
        (2, True, None, "2 ports in 1.0 s (interrupted before all had spoken)"),
        (1, False, "EMFILE", "1 port in 1.0 s (incomplete: 1 of 2)"),
    ],
)
def test_the_last_line_says_what_was_not_asked(
    done: int, cancelled: bool, gave_up: str | None, line: str
) -> None:
    parts: list[str] = []
    writer = TextWriter(parts.append)
    writer.begin(Plan((NAS,), {Protocol.TCP: (1, 2)}), "2026-01-02T03:04:05+01:00")
    writer.end(Totals("2026-01-02T03:04:05+01:00", 1.0, 2, done, cancelled, gave_up))
    assert "".join(parts).splitlines()[-1] == line


def test_silence_says_how_often_it_was_asked_and_what_gets_lost() -> None:
    lines = text(silent(1), silent(2), facts=HostFacts(loss=0.021))
    assert lines[0] == "nas.lan (192.0.2.7)"
    assert lines[1] == "2.1% of the knocks got lost on the way"
    assert lines[3].startswith("1-2/tcp (2 ports)  filtered  no-response (3 tries, 2% loss)  ")
    assert "no-response (1 try)" in text(silent(1, 1, None))[2]


def test_a_sample_says_what_it_was() -> None:
    lines = text(silent(1), facts=HostFacts(sampled=6, rejected=5))
    assert lines[1] == "6 silent ports asked again slowly: 5 rejected"
    assert text(silent(1), facts=HostFacts(sampled=1))[1] == "1 silent port asked again slowly: 0 rejected"


def test_a_range_names_the_services_in_it() -> None:
    lines = text(*map(silent, (22, 80, 100, 443)))
    assert lines[2].startswith("22-443/tcp (4 of 422 asked)")
    assert lines[2].endswith("  ssh http https")
    assert text(*map(silent, range(20, 1000)))[2].endswith(" services")
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
    assert "--confirm-all asks all slowly, about 2 min" in lines[-3]


def test_what_is_dropped_and_what_rejected_is_undecided_where_a_sample_says_both() -> None:
    ports = [*map(silent, range(1, 101))]
    lines = text(*ports, facts=HostFacts(sampled=6, rejected=2))
    # Four of them were silent when they were asked slowly.
    assert lines[-3] == "96 ports undecided: --confirm-all asks all slowly, about 2 min"
    for facts in (HostFacts(sampled=3), HostFacts(sampled=102, rejected=2), None):
        assert not any("undecided" in line for line in text(*ports, facts=facts))


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
    assert text(one, verdict=HostVerdict.NOT_SENT)[2] == f"{command} tells more"


def test_what_only_the_rank_chose_says_how_to_ask_all() -> None:
    for top, expected in ((None, 1), (1000, 2), (65535, 1)):
        parts: list[str] = []
        TextWriter(parts.append, top).end(Totals("", 2.0, 1000, 1000))
        assert len(parts) == expected
        assert ("only the top 1000 ports: -p - asks all\n" in parts) is (expected == 2)


def network(
    *addresses: str, name: str | None = None, state: State = State.CLOSED, verdict: HostVerdict | None = None
) -> list[HostReport]:
    reason = Reason.SYN_ACK if state is State.OPEN else Reason.CONN_REFUSED
    if verdict is HostVerdict.NOT_SENT:
        reason = Reason.NO_ROUTE
    return [
        HostReport(ScanHost(one, name), (PortResult(one, 22, Protocol.TCP, state, reason),), 1, verdict)
        for one in addresses
    ]


def headings(*reports: HostReport) -> list[str]:
    parts: list[str] = []
    writer = TextWriter(parts.append)
    writer.begin(Plan((), {Protocol.TCP: (22,)}), "")
    for report in reports:
        writer.host(report)
    writer.end(Totals("", 1.0, len(reports), len(reports)))
    return [line for line in "".join(parts).splitlines()[:-1] if line[:1].strip()]


def test_neighbours_of_which_the_same_is_said_share_a_section() -> None:
    off = network(*(f"192.0.2.{last}" for last in range(1, 5)), verdict=HostVerdict.OFF)
    up = network("192.0.2.5", state=State.OPEN)
    assert headings(*off, *up, *network("192.0.2.6", "192.0.2.7")) == [
        "192.0.2.1-192.0.2.4 (4 addresses alike)",
        "192.0.2.5",
        "192.0.2.6-192.0.2.7 (2 addresses alike)",
    ]
    across = network("192.0.2.255", "192.0.3.0", "192.0.3.2", "::1", "::2", "fe80::1%lo", "fe80::2%lo")
    assert headings(*across) == [
        "192.0.2.255-192.0.3.0 (2 addresses alike)",
        "192.0.3.2",
        "::1-::2 (2 addresses alike)",
        "fe80::1%lo-fe80::2%lo (2 addresses alike)",
    ]


def test_a_host_with_a_name_or_on_another_interface_stands_alone() -> None:
    named = network("192.0.2.1", "192.0.2.2", name="nas.lan")
    assert headings(*named, *network("192.0.2.3")) == [
        "nas.lan (192.0.2.1)",
        "nas.lan (192.0.2.2)",
        "192.0.2.3",
    ]
    assert len(headings(*network("fe80::1%eth0", "fe80::2%eth1"))) == 2


def test_neighbours_to_which_nothing_was_sent_share_the_command_that_tells_more() -> None:
    assert headings(*network("192.0.2.1", "192.0.2.2", "192.0.2.3", verdict=HostVerdict.NOT_SENT)) == [
        "192.0.2.1-192.0.2.3 (3 addresses alike)"
    ]
    other = network("192.0.2.1", verdict=HostVerdict.NOT_SENT) + network("192.0.2.2", verdict=HostVerdict.OFF)
    assert len(headings(*other)) == 2


def test_what_a_host_says_itself_is_not_said_of_its_neighbour() -> None:
    rejected = [
        HostReport(
            ScanHost(one),
            (PortResult(one, 22, Protocol.TCP, State.FILTERED, Reason.PORT_UNREACH, one, 3, 3),),
            1,
        )
        for one in ("192.0.2.1", "192.0.2.2")
    ]
    assert len(headings(*rejected)) == 2


def test_a_skipped_host_says_how_far_it_was() -> None:
    assert "skipped: 1 of 1 port done" in text(silent(1), was_skipped=True)
