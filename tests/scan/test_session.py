import gc
import socket
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from portview.scan import plan as plan_module
from portview.scan.host import Host
from portview.scan.plan import Plan
from portview.scan.records import Batch, HostVerdict, PortResult, Progress, Reason, ScanHost
from portview.scan.reports import HostReport
from portview.scan.said import Heard
from portview.scan.session import Session
from portview.vocabulary import Protocol, State

Listen = Callable[..., list[int]]


class Ear:
    """Keeps what it hears; `then` is called at each batch."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.results: list[PortResult] = []
        self.progress: list[Progress] = []
        self.heard: list[Heard] = []
        self.reports: list[HostReport] = []
        self._then = then

    def on_batch(self, batch: Batch) -> None:
        self.results.extend(batch.results)
        self.progress.append(batch.progress)
        self._then()

    def on_heard(self, heard: Heard) -> None:
        self.heard.append(heard)

    def on_host(self, report: HostReport) -> None:
        self.reports.append(report)


def loopback(*last: int) -> tuple[ScanHost, ...]:
    return tuple(ScanHost(f"127.0.0.{number}") for number in last)


def test_both_transports_of_a_host_stand_in_one_report(listen: Listen) -> None:
    tcp = tuple(listen(2))
    udp = tuple(listen(1, kind=socket.SOCK_DGRAM))
    plan = Plan(loopback(1), {Protocol.TCP: tcp, Protocol.UDP: udp})
    totals = Session(plan).run(ear := Ear(), threading.Event())
    [report] = ear.reports
    assert [(one.protocol, one.state) for one in report.results] == [
        (Protocol.TCP, State.OPEN),
        (Protocol.TCP, State.OPEN),
        (Protocol.UDP, State.OPEN_OR_FILTERED),
    ]
    assert (totals.done, totals.requested, totals.is_complete) == (3, 3, True)
    assert ear.progress[-1].counts == {State.OPEN: 2, State.OPEN_OR_FILTERED: 1}
    assert report.verdict is HostVerdict.UP


def test_portions_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "_PORTION", 100)
    plan = Plan(loopback(1, 2, 3, 4, 5), {Protocol.TCP: tuple(range(1, 41))})
    totals = Session(plan).run(ear := Ear(), threading.Event())
    assert [report.address for report in ear.reports] == [host.address for host in plan.hosts]
    assert all(len(report.results) == 40 for report in ear.reports)
    assert (totals.done, totals.requested) == (200, 200)
    done = [one.done for one in ear.progress]
    assert done == sorted(done)
    assert {one.total for one in ear.progress} == {200}
    assert (ear.progress[-1].done, ear.progress[-1].to_send) == (200, 0)
    sent = [one.sent for one in ear.progress]
    assert sent == sorted(sent)


def test_hosts_that_are_over_need_no_collector_to_go(listen: Listen) -> None:
    plan = Plan(loopback(*range(1, 100)), {Protocol.TCP: tuple(listen(2))})
    gc.collect()
    gc.disable()
    try:
        Session(plan).run(Ear(), threading.Event())
        assert not [one for one in gc.get_objects() if isinstance(one, Host)]
    finally:
        gc.enable()


def test_what_is_known_is_not_asked_again(listen: Listen) -> None:
    ports = tuple(listen(6))
    plan = Plan(loopback(1), {Protocol.TCP: ports})
    earlier = [
        Heard(PortResult("127.0.0.1", port, Protocol.TCP, State.FILTERED, Reason.NO_RESPONSE), None)
        for port in ports[:4]
    ]
    totals = Session(plan, earlier=earlier).run(ear := Ear(), threading.Event())
    assert sorted(one.port for one in ear.results) == list(ports[4:])
    [report] = ear.reports
    assert [one.state for one in report.results] == [State.FILTERED] * 4 + [State.OPEN] * 2
    assert totals.is_complete


def test_a_scan_that_goes_on_counts_the_time_of_its_earlier_parts(listen: Listen) -> None:
    plan = Plan(loopback(1), {Protocol.TCP: tuple(listen(2))})
    session = Session(plan, started="2026-01-02T03:04:05.000+01:00", elapsed_s=3600.0)
    totals = session.run(ear := Ear(), threading.Event())
    assert session.started == totals.started == "2026-01-02T03:04:05.000+01:00"
    assert totals.ended is not None
    assert datetime.now(UTC) - datetime.fromisoformat(totals.ended) < timedelta(hours=1)
    assert 3600 < ear.progress[-1].elapsed_s <= totals.elapsed_s < 7200


def test_a_cancel_reports_every_host_once_with_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "_PORTION", 65535)
    plan = Plan(loopback(1, 2, 3), {Protocol.TCP: tuple(range(1, 65536))})
    cancel = threading.Event()
    known = PortResult("127.0.0.3", 7, Protocol.TCP, State.CLOSED, Reason.CONN_REFUSED)
    totals = Session(plan, earlier=[Heard(known, None)]).run(ear := Ear(cancel.set), cancel)
    assert totals.cancelled
    assert not totals.is_complete
    assert [report.address for report in ear.reports] == [host.address for host in plan.hosts]
    assert (ear.reports[1].results, ear.reports[2].results) == ((), (known,))
    assert len(ear.reports[0].results) == totals.done == len(ear.results)


def test_a_host_can_be_skipped_before_it_is_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "_PORTION", 200)
    plan = Plan(loopback(1, 2, 3), {Protocol.TCP: tuple(range(1, 201))})
    session = Session(plan)
    session.skip("127.0.0.2")
    session.run(ear := Ear(), threading.Event())
    assert Counter(one.address for one in ear.results) == {"127.0.0.1": 200, "127.0.0.3": 200}
    assert [report.was_skipped for report in ear.reports] == [False, True, False]


def test_a_paused_scan_waits_until_it_is_told_to_go_on() -> None:
    plan = Plan(loopback(1), {Protocol.TCP: tuple(range(1, 2001))})
    session = Session(plan)
    session.pause()
    paused: list[bool] = []

    def go_on_later() -> None:
        paused.append(ear.progress[-1].is_paused)
        if paused.count(True) == 3:
            session.go_on()

    ear = Ear(go_on_later)
    totals = session.run(ear, threading.Event())
    assert totals.is_complete
    assert paused[:3] == [True] * 3
    assert [one.done for one in ear.progress[:3]] == [0, 0, 0]


def test_a_cancel_that_comes_before_the_first_words_is_one(listen: Listen) -> None:
    plan = Plan(loopback(1), {Protocol.TCP: tuple(listen(3))})
    cancel = threading.Event()
    totals = Session(plan, talk=True).run(ear := Ear(cancel.set), cancel)
    assert (totals.done, totals.requested, totals.cancelled, totals.is_complete) == (3, 3, True, False)
    assert [heard.said for heard in ear.heard] == [None] * 3


def test_open_ports_are_heard_once_each(listen: Listen) -> None:
    ports = tuple(listen(3))
    plan = Plan(loopback(1), {Protocol.TCP: ports})
    Session(plan, talk=True).run(ear := Ear(), threading.Event())
    assert sorted(one.result.port for one in ear.heard) == list(ports)
    assert set(ear.reports[0].said) == {(Protocol.TCP, one.result.port) for one in ear.heard if one.said}
