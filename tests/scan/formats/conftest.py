"""One scan in every format: two hosts, both transports, hostile words."""

import itertools
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from portview.scan.formats.choice import Format, writer_of
from portview.scan.plan import Plan
from portview.scan.records import HostFacts, HostVerdict, PortResult, Reason, ScanHost, Unresolved
from portview.scan.reports import HostReport, Totals
from portview.scan.said import Said
from portview.vocabulary import Protocol, State

STARTED = "2026-01-02T03:04:05.678+01:00"
NAS = ScanHost("192.0.2.7", "nas.lan")
OFF = ScanHost("2001:db8::9")


@dataclass
class Whole:
    """What a scan came to."""

    plan: Plan
    reports: Sequence[HostReport]
    totals: Totals
    command: str = "portview scan nas.lan"
    texts: list[str] = field(default_factory=list)

    def write(self, form: Format) -> str:
        writer = writer_of(form, self.texts.append, self.command)
        writer.begin(self.plan, self.totals.started)
        for report in self.reports:
            for result in report.results:
                writer.port(result, report.host, report.words_of(result))
            writer.host(report)
        writer.end(self.totals)
        assert all(text.endswith("\n") for text in self.texts)
        return "".join(self.texts)

    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.write(Format.JSON))
        return document

    def xml(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.write(Format.XML))


def results_of(
    state: State, ports: range, protocol: Protocol = Protocol.TCP, host: ScanHost = NAS
) -> list[PortResult]:
    reasons = {State.OPEN: Reason.SYN_ACK, State.CLOSED: Reason.CONN_REFUSED}
    reason = reasons.get(state, Reason.NO_RESPONSE)
    return [PortResult(host.address, port, protocol, state, reason) for port in ports]


def whole_of(found: Sequence[PortResult], requested: int | None = None, **more: Any) -> Whole:
    """A finished scan of the NAS with these results."""
    ports = {
        protocol: tuple(sorted(one.port for one in group))
        for protocol, group in itertools.groupby(found, key=lambda one: one.protocol)
    }
    asked = len(found) if requested is None else requested
    report = HostReport(NAS, tuple(found), asked, HostVerdict.UP)
    totals = Totals(STARTED, 1.23456, asked, len(found), **more)
    return Whole(Plan((NAS,), ports or {Protocol.TCP: (1,)}), [report], totals)


@pytest.fixture
def whole() -> Callable[..., Whole]:
    return whole_of


@pytest.fixture
def results() -> Callable[..., list[PortResult]]:
    return results_of


@pytest.fixture
def rich() -> Whole:
    """Something of everything."""
    found = (
        PortResult(NAS.address, 22, Protocol.TCP, State.OPEN, Reason.SYN_ACK, rtt_ms=0.2),
        *results_of(State.CLOSED, range(100, 140)),
        PortResult(
            NAS.address, 445, Protocol.TCP, State.FILTERED, Reason.PORT_UNREACH, NAS.address, 3, 3, 0.4567
        ),
        PortResult(NAS.address, 446, Protocol.TCP, State.FILTERED, Reason.NO_RESPONSE, tries=3, loss=0.02),
        *results_of(State.OPEN_OR_FILTERED, range(53, 54), Protocol.UDP),
    )
    plan = Plan(
        (NAS, OFF),
        {Protocol.TCP: (22, *range(100, 140), 445, 446), Protocol.UDP: (53,)},
        (Unresolved("gone.lan", "gone.lan has no address"),),
    )
    ssh = Said('SSH-2.0 "x" </a>, a/b\\x1b', "TLS 1.3", ("nas.lan", "b"), 200, "nginx & co")
    reports = [
        HostReport(
            NAS, found, 44, HostVerdict.UP, HostFacts(loss=0.02, rtt_ms=0.3), {(Protocol.TCP, 22): ssh}
        ),
        HostReport(OFF, (), 44, HostVerdict.OFF, was_skipped=True),
    ]
    return Whole(plan, reports, Totals(STARTED, 1.23456, 88, 44, cancelled=True), "portview scan '<nas>'")
