"""Traces from knocks with a limited number of hops: pure ones from made attempts, real ones on loopback."""

import socket
import threading
import time
from collections.abc import Callable

import pytest

from portview.probe import tcp, tcpinfo, udp
from portview.probe.path import follow
from portview.probe.path_records import Hop, Trace
from portview.probe.records import Attempt, IcmpError
from portview.probe.tracer import Tracer, ran_out, trace_of
from portview.probe.waiting import CancelledError
from portview.vocabulary import Family, Outcome, Protocol, SenderClass

Serve = Callable[..., int]


def _attempt(outcome: Outcome, icmp: IcmpError | None = None, family: Family = Family.IPV4) -> Attempt:
    return Attempt("192.0.2.7", family, 80, outcome, 2.0, icmp=icmp)


def _hop(sender: str | None, kind: int = 11, code: int = 0) -> Attempt:
    return _attempt(Outcome.UNREACHABLE, IcmpError(kind, code, sender, SenderClass.ROUTER))


_SILENT = _attempt(Outcome.TIMED_OUT)
_RST = _attempt(Outcome.REFUSED)
_PROHIBITED = _hop("192.0.2.1", 3, 13)
_LOCAL = _attempt(Outcome.LOCAL_ERROR)
_NO_ROUTE = _attempt(Outcome.UNREACHABLE)
A, B = Hop(1, "192.0.2.1", 2.0), Hop(2, "192.0.2.2", 2.0)


@pytest.mark.parametrize(
    ("found", "trace"),
    [
        ({}, Trace(80, ())),
        ({1: _hop("192.0.2.1"), 2: _hop("192.0.2.2"), 3: _RST, 4: _RST}, Trace(80, (A, B), 3, _RST)),
        ({2: _hop("192.0.2.2"), 1: _hop("192.0.2.1")}, Trace(80, (A, B))),
        ({1: _SILENT, 2: _hop("192.0.2.2"), 3: _SILENT, 4: _SILENT}, Trace(80, (Hop(1), B))),
        ({1: _SILENT, 2: _SILENT}, Trace(80, ())),
        ({1: _hop("192.0.2.1"), 2: _PROHIBITED}, Trace(80, (A,), 2, _PROHIBITED)),
        ({1: _RST}, Trace(80, (), 1, _RST)),
        ({1: _LOCAL, 2: _NO_ROUTE}, Trace(80, ())),
    ],
)
def test_trace(found: dict[int, Attempt], trace: Trace) -> None:
    assert trace_of(80, found) == trace


@pytest.mark.parametrize(
    ("family", "kind", "code", "expected"),
    [
        (Family.IPV4, 11, 0, True),
        (Family.IPV4, 11, 1, False),
        (Family.IPV4, 3, 0, False),
        (Family.IPV6, 3, 0, True),
        (Family.IPV6, 11, 0, False),
    ],
)
def test_time_exceeded(family: Family, kind: int, code: int, expected: bool) -> None:
    assert ran_out(_attempt(Outcome.UNREACHABLE, IcmpError(kind, code, None, None), family)) is expected


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_hops_are_limited(address: str, serve: Serve) -> None:
    attempt = tcp.knock(address, serve(address=address), timeout_s=5, listen_s=None, ttl=1)
    assert attempt.outcome is Outcome.CONNECTED


def _tracer(budget: int = 40) -> Tracer:
    return Tracer(budget, time.monotonic() + 5, None)


def test_two_ports_side_by_side(closed_port: int, serve: Serve) -> None:
    """On loopback everything answers at the first hop."""
    refused = tcp.knock("127.0.0.1", closed_port, timeout_s=5, listen_s=None)
    control = tcp.knock("127.0.0.1", serve(), timeout_s=5, listen_s=None)
    seen = follow(refused, [control], _tracer())
    assert (seen.address, seen.on_link, seen.forwarded) == ("127.0.0.1", True, ())
    assert (seen.target.port, seen.target.hops, seen.target.answer_ttl) == (closed_port, (), 1)
    assert seen.control is not None
    assert (seen.control.port, seen.control.answer_ttl) == (control.port, 1)


def test_a_control_that_refuses_is_preferred(closed_port: int, serve: Serve) -> None:
    """It makes no connection that a server would notice."""
    silent = _attempt(Outcome.TIMED_OUT)
    controls = [
        Attempt("127.0.0.1", Family.IPV4, serve(), Outcome.CONNECTED, 1.0),
        Attempt("127.0.0.1", Family.IPV4, closed_port, Outcome.REFUSED, 1.0),
    ]
    seen = follow(Attempt("127.0.0.1", Family.IPV4, 9, silent.outcome, 1.0), controls, _tracer())
    assert seen.control is not None
    assert seen.control.port == closed_port


def test_the_budget_is_kept(closed_port: int) -> None:
    """With three SYNs the control is asked three times, and this port not once."""
    refused = tcp.knock("127.0.0.1", closed_port, timeout_s=5, listen_s=None)
    seen = follow(refused, [refused], _tracer(budget=3))
    assert seen.control is not None
    assert (seen.control.answer_ttl, seen.target.answer_ttl) == (1, None)


def test_no_time_left_no_knock(closed_port: int) -> None:
    refused = tcp.knock("127.0.0.1", closed_port, timeout_s=5, listen_s=None)
    seen = follow(refused, [refused], Tracer(40, time.monotonic() - 1, None))
    assert (seen.target, seen.control) == (Trace(closed_port, ()), Trace(closed_port, ()))


def test_datagrams_are_followed_by_the_way_of_a_closed_port(closed_port: int) -> None:
    """On loopback everything answers at the first hop; a service that is silent answers nowhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 0))
        port = service.getsockname()[1]
        silent = udp.knock("127.0.0.1", port, timeout_s=0.1)
        refused = udp.knock("127.0.0.1", closed_port, timeout_s=5)
        seen = follow(silent, [refused], Tracer(40, time.monotonic() + 5, None, protocol=Protocol.UDP))
    assert seen.control is not None
    assert (seen.control.port, seen.control.answer_ttl) == (closed_port, 1)
    assert (seen.target.hops, seen.target.answer_ttl) == ((), None)


def test_what_waits_in_a_queue_was_sent() -> None:
    """The second SYN, after a second, tells whether the kernel could send it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        name = listener.getsockname()
        with socket.create_connection(name):  # the queue's one place
            early = tcp.knock(name[0], name[1], timeout_s=0.2, listen_s=None)
            late = tcp.knock(name[0], name[1], timeout_s=1.6, listen_s=None)
    assert (early.outcome, early.sent) == (Outcome.TIMED_OUT, None)
    assert (late.outcome, late.sent) == (Outcome.TIMED_OUT, True)


def test_no_tcp_no_account() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert tcpinfo.was_sent(sock) is None


def test_cancel_ends_a_trace() -> None:
    cancel = threading.Event()
    cancel.set()
    silent = Attempt("127.0.0.1", Family.IPV4, 9, Outcome.TIMED_OUT, 1.0)
    with pytest.raises(CancelledError):
        follow(silent, [], Tracer(40, time.monotonic() + 5, cancel))
