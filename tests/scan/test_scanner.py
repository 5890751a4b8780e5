"""Whole scans of loopback, with real sockets."""

import socket
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from portview.errors import BadInput
from portview.scan.ports import LAST_PORT
from portview.scan.records import Batch, Reason, ScanHost, ScanReport
from portview.scan.scanner import Scan
from portview.vocabulary import Protocol, State
from tests.scan.conftest import Listen

V4, V6 = ScanHost("127.0.0.1"), ScanHost("::1")
SilentPorts = Callable[[int], list[int]]


def run(scan: Scan) -> tuple[ScanReport, list[Batch]]:
    batches: list[Batch] = []
    report = scan.run(batches.append, threading.Event())
    return report, batches


def ports_in(report: ScanReport, state: State) -> list[int]:
    return sorted(result.port for result in report.results if result.state is state)


def verdicts(report: ScanReport) -> dict[int, tuple[str, str]]:
    return {result.port: (result.state.value, result.reason.value) for result in report.results}


def listening() -> set[int]:
    """Ports with a TCP listener on this machine, whoever holds it (proc_net_tcp(5))."""
    ports = set()
    for table in ("tcp", "tcp6"):
        for row in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A":
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


@pytest.mark.parametrize(("host", "family"), [(V4, socket.AF_INET), (V6, socket.AF_INET6)])
def test_exactly_the_open_ports_are_open(
    listen: Listen, host: ScanHost, family: socket.AddressFamily
) -> None:
    opened = listen(5, family=family)
    around = sorted({port + shift for port in opened for shift in range(-20, 21)} & set(range(1, 65536)))
    before = listening()
    report, _ = run(Scan([host], around))
    assert sorted(verdicts(report)) == around
    found = set(ports_in(report, State.OPEN))
    assert set(opened) <= found <= before | listening()
    assert {verdict for port, verdict in verdicts(report).items() if port in opened} == {("open", "syn-ack")}
    others = {verdict for port, verdict in verdicts(report).items() if port not in found}
    assert others <= {("closed", "conn-refused"), ("closed", "self-connect")}
    assert ("closed", "conn-refused") in others


def test_all_ports_of_this_machine(listen: Listen) -> None:
    opened = set(listen(12))
    before = listening()
    report, batches = run(Scan([V4], range(1, LAST_PORT + 1)))
    assert len(report.results) == len(verdicts(report)) == report.requested == LAST_PORT
    found = set(ports_in(report, State.OPEN))
    listeners = before | listening()
    assert opened <= found <= listeners
    # A listener of somebody else's may be too busy to answer; what nobody listens at is closed.
    assert set(ports_in(report, State.CLOSED)) >= set(range(1, LAST_PORT + 1)) - listeners
    assert not report.cancelled
    assert len(batches) > 2
    assert tuple(result for batch in batches for result in batch.results) == report.results


def test_the_batches_tell_the_progress(listen: Listen, silent_ports: SilentPorts) -> None:
    ports = [*listen(2), *silent_ports(4)]
    report, batches = run(Scan([V4], ports, timeout_s=0.3))
    assert [batch.finished for batch in batches] == [False] * (len(batches) - 1) + [True]
    done = [batch.progress.done for batch in batches]
    assert done == sorted(done)
    last = batches[-1]
    assert (last.progress.done, last.progress.total, last.progress.in_flight) == (6, 6, 0)
    assert last.progress.counts == {State.OPEN: 2, State.FILTERED: 4}
    assert last.progress.eta_s == 0.0
    assert any(batch.progress.eta_s for batch in batches[:-1])
    assert any(batch.progress.in_flight == 4 for batch in batches)
    assert datetime.fromisoformat(report.started).tzinfo is not None
    assert not any(batch.cancelled for batch in batches)


def test_silence_is_filtered(listen: Listen, silent_ports: SilentPorts) -> None:
    opened, silent = listen(1), silent_ports(3)
    report, _ = run(Scan([V4], [*opened, *silent], timeout_s=0.2))
    assert verdicts(report) == dict.fromkeys(silent, ("filtered", "no-response")) | {
        opened[0]: ("open", "syn-ack")
    }
    assert {result.rtt_ms for result in report.results if result.state is State.FILTERED} == {None}
    assert all(result.rtt_ms is not None for result in report.results if result.state is State.OPEN)


def test_an_answer_that_comes_late_still_counts(silent_ports: SilentPorts) -> None:
    # The full queue is emptied after the first wait is over: the kernel's own repeat of the first
    # SYN is answered, or the second try.
    with socket.socket() as listener, socket.socket() as one, socket.socket() as two:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for client in (one, two):
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        port = listener.getsockname()[1]
        others = silent_ports(1)
        emptied: list[socket.socket] = []

        def on_batch(batch: Batch) -> None:
            if not emptied and batch.progress.elapsed_s > 0.8:
                emptied.extend([listener.accept()[0], listener.accept()[0]])

        try:
            report = Scan([V4], [port, *others], timeout_s=0.7).run(on_batch, threading.Event())
        finally:
            for connection in emptied:
                connection.close()
    assert verdicts(report) == {port: ("open", "syn-ack"), others[0]: ("filtered", "no-response")}


def test_a_cancelled_scan_keeps_what_it_found() -> None:
    cancel = threading.Event()
    batches: list[Batch] = []

    def on_batch(batch: Batch) -> None:
        batches.append(batch)
        cancel.set()

    report = Scan([V4, V6], range(1, LAST_PORT + 1)).run(on_batch, cancel)
    assert report.cancelled
    assert 0 < len(report.results) < report.requested
    assert (batches[-1].finished, batches[-1].cancelled) == (True, True)
    assert tuple(result for batch in batches for result in batch.results) == report.results


def test_a_cancelled_scan_has_nothing_in_flight(silent_ports: SilentPorts) -> None:
    cancel = threading.Event()
    in_flight: list[int] = []

    def on_batch(batch: Batch) -> None:
        in_flight.append(batch.progress.in_flight)
        cancel.set()

    assert Scan([V4], silent_ports(2)).run(on_batch, cancel).results == ()
    assert in_flight == [2, 0]


def test_a_scan_that_only_waits_can_be_cancelled(silent_ports: SilentPorts) -> None:
    cancel = threading.Event()

    def on_batch(batch: Batch) -> None:
        if batch.progress.in_flight:
            cancel.set()

    report = Scan([V4], silent_ports(3), timeout_s=600).run(on_batch, cancel)
    assert report.cancelled
    assert report.results == ()


def test_a_scan_cancelled_before_it_starts_sends_nothing(listen: Listen) -> None:
    cancel = threading.Event()
    cancel.set()
    report = Scan([V4], listen(1)).run(lambda batch: None, cancel)
    assert (report.cancelled, report.results) == (True, ())


def test_several_hosts(listen: Listen) -> None:
    four, six = listen(1), listen(1, family=socket.AF_INET6)
    other = ScanHost("127.0.0.2", "other.example")
    report, _ = run(Scan([V4, other, V6], [*four, *six]))
    states = {(result.address, result.port): result.state for result in report.results}
    assert len(states) == len(report.results) == 6
    assert states["127.0.0.1", four[0]] is State.OPEN
    assert states["127.0.0.2", four[0]] is State.CLOSED
    assert states["::1", six[0]] is State.OPEN
    assert states["127.0.0.1", six[0]] is State.CLOSED
    assert report.hosts == (V4, other, V6)


def test_udp_closed_answering_and_silent(listen: Listen) -> None:
    [silent] = listen(1, kind=socket.SOCK_DGRAM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        answering = server.getsockname()[1]

        def answer_once() -> None:
            _, sender = server.recvfrom(2048)
            server.sendto(b"answer", sender)

        thread = threading.Thread(target=answer_once)
        thread.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as spare:
            spare.bind(("127.0.0.1", 0))
            closed = spare.getsockname()[1]
        report, _ = run(Scan([V4], [silent, answering, closed], protocol=Protocol.UDP, timeout_s=0.3))
        thread.join()
    assert verdicts(report) == {
        silent: ("open|filtered", "no-response"),
        answering: ("open", "udp-response"),
        closed: ("closed", "port-unreach"),
    }
    [refused] = [result for result in report.results if result.port == closed]
    assert (refused.sender, refused.icmp_type, refused.icmp_code) == ("127.0.0.1", 3, 3)


def test_udp_of_thousands_of_closed_ports() -> None:
    report, _ = run(Scan([V6], range(2000, 6000), protocol=Protocol.UDP))
    closed = {(State.CLOSED, Reason.PORT_UNREACH), (State.CLOSED, Reason.SELF_CONNECT)}
    assert len(report.results) == 4000
    assert sum((result.state, result.reason) in closed for result in report.results) > 3950


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/net/tcp")
def test_open_ports_are_left_with_a_reset(listen: Listen) -> None:
    ports = listen(3)
    run(Scan([V4], ports))
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ends = {f"0100007F:{port:04X}" for port in ports}
    # Nothing but the listeners: no connection in FIN_WAIT or TIME_WAIT.
    assert {row[3] for row in rows if {row[1], row[2]} & ends} == {"0A"}


@pytest.mark.parametrize("protocol", Protocol)
def test_no_socket_is_left_open(listen: Listen, silent_ports: SilentPorts, protocol: Protocol) -> None:
    ports = [*listen(3), *silent_ports(3), *range(3000, 3300)]
    before = set(Path("/proc/self/fd").iterdir())
    run(Scan([V4], ports, protocol=protocol, timeout_s=0.1))
    assert len(set(Path("/proc/self/fd").iterdir())) == len(before)


def test_few_descriptors_shrink_the_window_and_lose_nothing(
    listen: Listen, silent_ports: SilentPorts, apart: Callable[..., dict[str, Any]]
) -> None:
    opened, silent = listen(5), silent_ports(100)
    answer = apart(["127.0.0.1"], [*opened, *silent, *range(2000, 2300)], files=64, busy=30)
    states = {result["port"]: (result["state"], result["reason"]) for result in answer["results"]}
    assert answer["gave_up"] is None
    assert {states[port] for port in opened} == {("open", "syn-ack")}
    assert {states[port] for port in silent} == {("filtered", "no-response")}
    assert len(states) == 405
    assert min(answer["windows"]) < 34


def test_a_lasting_shortage_ends_the_scan_without_inventing_results(
    listen: Listen, apart: Callable[..., dict[str, Any]]
) -> None:
    # Of 12 descriptors, 3 are the standard streams, one is the poller's: none is left to knock with.
    answer = apart(["127.0.0.1"], listen(2), files=12, busy=8)
    assert (answer["gave_up"], answer["results"]) == ("EMFILE", [])


def test_too_many_ports_are_refused_before_anything_is_sent() -> None:
    hosts = [ScanHost(f"127.0.{high}.{low}") for high in range(2) for low in range(100)]
    with pytest.raises(BadInput, match="more than one scan can hold"):
        Scan(hosts, range(1, LAST_PORT + 1))


def test_an_unknown_interface_is_refused() -> None:
    with pytest.raises(BadInput, match="does not exist"):
        Scan([ScanHost("fe80::1%nosuch0")], [80])


def test_a_resumed_scan_asks_only_what_is_left(listen: Listen) -> None:
    ports = listen(3)
    first, _ = run(Scan([V4, V6], ports))
    earlier = [result for result in first.results if result.port != ports[1]]
    report, batches = run(Scan([V4, V6], ports, earlier=earlier))
    assert report.requested == len(report.results) == 6
    assert {result.port for batch in batches for result in batch.results} == {ports[1]}
    assert batches[-1].progress.done == 6
    assert batches[-1].progress.sent == 2
    assert batches[-1].progress.counts == {State.OPEN: 3, State.CLOSED: 3}
    assert set(report.verdicts.values()) == {"up"}


def test_a_scan_that_is_resumed_when_all_is_done_only_reports(listen: Listen) -> None:
    ports = listen(3)
    first, _ = run(Scan([V4], ports))
    report, batches = run(Scan([V4], ports, earlier=first.results))
    assert (report.results, report.cancelled, len(batches)) == (first.results, False, 1)


def test_a_scan_can_be_paused_before_it_starts(listen: Listen) -> None:
    scan = Scan([V4], listen(3))
    scan.pause()

    def on_batch(batch: Batch) -> None:
        if not batch.finished:
            assert (batch.progress.sent, batch.progress.is_paused) == (0, True)
            scan.go_on()

    report = scan.run(on_batch, threading.Event())
    assert len(report.results) == 3


def test_a_host_can_be_skipped_before_the_scan_starts(listen: Listen) -> None:
    scan = Scan([V4, V6], listen(2))
    scan.skip(V4.address)
    report, _ = run(scan)
    assert {result.address for result in report.results} == {V6.address}
    assert report.skipped == {V4.address}


def test_the_rate_is_kept() -> None:
    report, batches = run(Scan([V4], range(2000, 2300), rate=400))
    assert len(report.results) == 300
    # At the start a burst of a fiftieth second is allowed.
    for batch in batches:
        assert batch.progress.sent <= 400 * (batch.progress.elapsed_s + 0.1) + 8


@pytest.mark.parametrize("rate", [0, -1.0, float("nan")])
def test_an_absurd_rate_is_refused(rate: float) -> None:
    with pytest.raises(BadInput, match="rate"):
        Scan([V4], [80], rate=rate)
