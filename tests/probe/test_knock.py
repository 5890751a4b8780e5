"""A whole knock, from the target to the record of it."""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from portview.probe.knock import observe
from portview.probe.records import (
    Attempt,
    Closing,
    NameFailure,
    NameSource,
    Nudge,
    Observation,
    Resolution,
    Target,
)
from portview.vocabulary import Family, Outcome, Protocol

Serve = Callable[..., int]


def test_open_port(serve: Serve) -> None:
    target = Target("127.0.0.1", serve(lambda connection: connection.sendall(b"220 hi\r\n")))
    events: list[Resolution | Attempt] = []
    seen = observe(target, on_event=events.append)
    (attempt,) = seen.attempts
    assert (seen.outcome, seen.target, seen.this_machine, seen.quick) == (
        Outcome.CONNECTED,
        target,
        True,
        False,
    )
    assert seen.primary == attempt
    assert attempt.first_bytes == b"220 hi\r\n"
    assert seen.controls == ()
    resolution, handshake, words = events
    assert resolution == seen.resolution
    assert isinstance(handshake, Attempt)
    assert handshake.first_bytes is None
    assert words == attempt


def test_closed_port_has_controls_at_other_ports(closed_port: int) -> None:
    seen = observe(Target("127.0.0.1", closed_port))
    assert seen.outcome is Outcome.REFUSED
    assert {80, 443} < {control.port for control in seen.controls}
    assert {control.address for control in seen.controls} == {"127.0.0.1"}
    assert closed_port not in {control.port for control in seen.controls}
    assert 22 not in {control.port for control in seen.controls}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep loopback's last address for nothing")
@pytest.mark.parametrize("protocol", Protocol)
def test_a_broadcast_address_is_known_as_one(protocol: Protocol) -> None:
    seen = observe(Target("127.255.255.255", 9, protocol))
    assert seen.outcome in (Outcome.UNREACHABLE, Outcome.LOCAL_ERROR)
    assert seen.broadcasts == ("127.255.255.255",)


def test_quick_makes_the_knock_alone(closed_port: int) -> None:
    seen = observe(Target("127.0.0.1", closed_port), quick=True)
    assert (seen.outcome, seen.controls, seen.quick) == (Outcome.REFUSED, (), True)


def test_a_silent_server_is_spoken_to_unless_quick(serve: Serve) -> None:
    def answer(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the quick knock leaves without a word
            if connection.recv(1000):
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    port = serve(answer)
    (attempt,) = observe(Target("127.0.0.1", port)).attempts
    assert [(one.nudge, one.http and one.http.status) for one in attempt.exchanges] == [(Nudge.HTTP, 204)]
    (attempt,) = observe(Target("127.0.0.1", port), quick=True).attempts
    assert attempt.exchanges == ()


def test_udp_target_gets_a_udp_knock(closed_port: int) -> None:
    seen = observe(Target("127.0.0.1", closed_port, Protocol.UDP))
    assert (seen.outcome, seen.controls) == (Outcome.REFUSED, ())
    assert seen.attempts[0].icmp is not None


def test_best_address_decides(serve: Serve) -> None:
    """`localhost` is two addresses here; a service on one of them is enough."""
    port = serve()
    seen = observe(Target("localhost", port))
    by_family = {attempt.family: attempt.outcome for attempt in seen.attempts}
    assert by_family[Family.IPV4] is Outcome.CONNECTED
    assert by_family.get(Family.IPV6, Outcome.REFUSED) is Outcome.REFUSED
    assert seen.outcome is Outcome.CONNECTED


@pytest.mark.parametrize("family", Family)
def test_family_is_kept_to(family: Family) -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        target = Target("localhost", server.getsockname()[1])
        seen = observe(target, family=family, quick=True)
    assert {attempt.family for attempt in seen.attempts} <= {family}
    assert {Family.IPV6 if ":" in address else Family.IPV4 for address in seen.resolution.addresses} <= {
        family
    }


def test_literal_of_the_other_family_is_no_address() -> None:
    seen = observe(Target("127.0.0.1", 9), family=Family.IPV6)
    assert seen.attempts == ()
    assert (seen.resolution.source, seen.resolution.failure) == (NameSource.LITERAL, NameFailure.NODATA)
    assert seen.outcome is Outcome.NAME_NOT_RESOLVED
    assert seen.primary is None


def test_cancel_ends_a_silent_knock() -> None:
    cancel = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        name = server.getsockname()
        with socket.create_connection(name):  # the accept queue's one place: the next caller waits
            threading.Timer(0.1, cancel.set).start()
            seen = observe(Target(name[0], name[1]), timeout_s=300, cancel=cancel)
    assert (seen.cancelled, seen.attempts, seen.path) == (True, (), None)
    assert seen.outcome is Outcome.CANCELLED


def test_cancel_keeps_the_handshake() -> None:
    cancel = threading.Event()

    def heard(event: Resolution | Attempt) -> None:
        if isinstance(event, Attempt):
            cancel.set()

    with socket.create_server(("127.0.0.1", 0)) as server:
        name = server.getsockname()
        seen = observe(Target(name[0], name[1]), timeout_s=300, cancel=cancel, on_event=heard)
    [attempt] = seen.attempts
    assert (seen.cancelled, attempt.outcome, attempt.first_bytes) == (True, Outcome.CONNECTED, None)


def test_cancel_ends_a_lookup() -> None:
    cancel = threading.Event()
    cancel.set()
    seen = observe(Target("localhost", 9), cancel=cancel)
    assert (seen.outcome, seen.resolution.addresses) == (Outcome.CANCELLED, ())


def _attempt(outcome: Outcome, closed_by: Closing | None = None) -> Attempt:
    return Attempt("192.0.2.7", Family.IPV4, 80, outcome, 1.0, closed_by=closed_by)


@pytest.mark.parametrize(
    ("outcomes", "best"),
    [
        ([Outcome.TIMED_OUT, Outcome.CONNECTED], Outcome.CONNECTED),
        ([Outcome.REFUSED, Outcome.CLOSED_BY_PEER], Outcome.CLOSED_BY_PEER),
        ([Outcome.TIMED_OUT, Outcome.REFUSED], Outcome.REFUSED),
        # Unreachable without ICMP never left this machine and tells least.
        ([Outcome.UNREACHABLE, Outcome.TIMED_OUT], Outcome.TIMED_OUT),
        ([Outcome.LOCAL_ERROR, Outcome.NO_ANSWER], Outcome.NO_ANSWER),
    ],
)
def test_primary_is_the_best_attempt(outcomes: list[Outcome], best: Outcome) -> None:
    seen = Observation(
        Target("nas.lan", 80), Resolution("nas.lan"), tuple(_attempt(outcome) for outcome in outcomes)
    )
    assert seen.outcome is best


_FEW_FILES = """
import os, resource, sys
from portview.probe.knock import observe
from portview.probe.records import Target
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
free = int(sys.argv[2])
held = []
try:
    while True:
        held.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
for _ in range(free):
    os.close(held.pop())
attempt = observe(Target("127.0.0.1", int(sys.argv[1])), quick=True).attempts[0]
print(attempt.outcome.value, attempt.errno, attempt.stage)
"""


@pytest.mark.parametrize(("free", "line"), [(0, "local_error EMFILE socket"), (1, "connected None None")])
def test_file_limit(serve: Serve, free: int, line: str) -> None:
    """A knock takes one file descriptor; without any, that is the answer."""
    argv = [sys.executable, "-c", _FEW_FILES, str(serve()), str(free)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout.strip(), done.stderr) == (line, "")


_QUICK = """
import sys
from portview.probe.knock import observe
from portview.probe.records import Target
print(observe(Target("127.0.0.1", int(sys.argv[1])), quick=True).outcome.value)
heavy = {"dns", "psutil", "asyncio", "email", "textual", "rich", "click", "ssl", "http"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""


def test_quick_knock_imports_nothing_heavy(serve: Serve) -> None:
    argv = [sys.executable, "-c", _QUICK, str(serve())]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.splitlines() == ["connected", "[]"]
