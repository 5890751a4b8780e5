"""When the look around begins, what it is made of, and that it never holds a knock up."""

import socket
import threading
from collections.abc import Callable

import pytest

from portview.probe.knock import observe
from portview.probe.path_records import Hop
from portview.probe.records import Attempt, IcmpError, NameSource, Observation, Resolution, Target
from portview.probe.scout import Scout
from portview.probe.surroundings import _leads_inside, look_around
from portview.vocabulary import Family, Outcome, Protocol, SenderClass

Serve = Callable[..., int]
_FAR_FUTURE = 1e9


def _seen(
    outcome: Outcome,
    *,
    port: int = 9,
    protocol: Protocol = Protocol.TCP,
    icmp: IcmpError | None = None,
    this_machine: bool = True,
    first_bytes: bytes | None = None,
) -> Observation:
    attempt = Attempt("127.0.0.1", Family.IPV4, port, outcome, 1.0, icmp=icmp, first_bytes=first_bytes)
    resolution = Resolution("127.0.0.1", ("127.0.0.1",), NameSource.LITERAL)
    return Observation(Target("127.0.0.1", port, protocol), resolution, (attempt,), this_machine=this_machine)


@pytest.mark.parametrize(
    "seen",
    [
        _seen(Outcome.CONNECTED),
        _seen(Outcome.LOCAL_ERROR),
        _seen(Outcome.UNREACHABLE),
        _seen(Outcome.REFUSED, protocol=Protocol.UDP),
        _seen(Outcome.NO_ANSWER, protocol=Protocol.UDP),
        Observation(Target("nas.lan", 9), Resolution("nas.lan"), ()),
    ],
)
def test_nothing_where_it_tells_nothing(seen: Observation) -> None:
    around = look_around(seen, _FAR_FUTURE)
    assert (around.controls, around.path, around.invented) == ((), None, None)


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.CLOSED_BY_PEER])
def test_this_machine_has_controls_and_no_path(outcome: Outcome) -> None:
    around = look_around(_seen(outcome), _FAR_FUTURE)
    assert len(around.controls) == 3
    assert around.path is None


def test_a_target_on_this_network_is_not_asked_for_its_first_hop() -> None:
    around = look_around(_seen(Outcome.CONNECTED, this_machine=False), _FAR_FUTURE)
    assert (len(around.controls), around.path) == (1, None)


@pytest.mark.parametrize(("words", "knocks"), [(b"SSH-2.0-x\r\n", 0), (None, 1)])
def test_ssh_that_greets_is_left_alone(words: bytes | None, knocks: int) -> None:
    seen = _seen(Outcome.CONNECTED, port=22, this_machine=False, first_bytes=words)
    assert len(look_around(seen, _FAR_FUTURE).controls) == knocks


def test_silent_datagrams_have_a_control_and_a_path() -> None:
    seen = _seen(Outcome.NO_ANSWER, protocol=Protocol.UDP, this_machine=False)
    around = look_around(seen, _FAR_FUTURE)
    assert [one.outcome for one in around.controls] == [Outcome.REFUSED]
    assert around.path is not None


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.TIMED_OUT])
def test_another_machine_has_a_path(outcome: Outcome) -> None:
    around = look_around(_seen(outcome, this_machine=False), _FAR_FUTURE)
    assert around.path is not None
    assert around.path.target.port == 9
    assert around.path.control is not None


@pytest.mark.parametrize(
    ("kind", "code", "sender_is", "traced"),
    [
        (3, 13, SenderClass.ROUTER, False),  # a sender that names itself has said enough
        (3, 1, SenderClass.ROUTER, False),
        (3, 1, SenderClass.TARGET, True),
        (3, 13, SenderClass.TARGET, True),
        (11, 0, SenderClass.ROUTER, True),
    ],
)
def test_worth_a_trace(kind: int, code: int, sender_is: SenderClass, traced: bool) -> None:
    icmp = IcmpError(kind, code, "192.0.2.1", sender_is)
    around = look_around(_seen(Outcome.UNREACHABLE, icmp=icmp, this_machine=False), _FAR_FUTURE)
    assert len(around.controls) == 3
    assert (around.path is not None) is traced


def test_a_silent_knock_is_looked_around_before_it_ends() -> None:
    """Whoever waits reads the controls already: they are there as soon as the knock gives up."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        name = server.getsockname()
        with socket.create_connection(name):  # the accept queue's one place: the next caller waits
            seen = observe(Target(name[0], name[1]), timeout_s=1.6)
    assert seen.outcome is Outcome.TIMED_OUT
    assert seen.primary is not None
    assert len(seen.controls) == 3
    assert {control.address for control in seen.controls} == {"127.0.0.1"}


def test_the_address_that_decides_is_looked_around(closed_port: int) -> None:
    """When the look began at another address, it is made again."""
    begun = _seen(Outcome.REFUSED, port=closed_port)
    scout = Scout(begun, None)
    decided = Attempt("127.0.0.2", Family.IPV4, closed_port, Outcome.REFUSED, 1.0)
    scout.hear(Attempt("127.0.0.1", Family.IPV4, closed_port, Outcome.CONNECTED, 1.0))
    finished = scout.report(Observation(begun.target, begun.resolution, (decided,), this_machine=True))
    assert {control.address for control in finished.controls} == {"127.0.0.2"}


def test_a_knock_without_an_address_is_not_waited_for() -> None:
    nowhere = Observation(Target("nas.lan", 9), Resolution("nas.lan"), ())
    assert Scout(nowhere, None).report(nowhere) == nowhere


def test_cancel_ends_the_look_with_the_controls_that_are_there(serve: Serve) -> None:
    cancel = threading.Event()
    seen = _seen(Outcome.REFUSED)
    heard: list[Attempt | Hop] = []

    def hear(one: Attempt | Hop) -> None:
        heard.append(one)
        cancel.set()

    scout = Scout(seen, cancel, hear)
    scout.hear(seen.attempts[0])
    finished = scout.report(seen)
    assert finished.cancelled
    assert finished.path is None
    assert set(finished.controls) <= set(heard)


def test_what_is_looked_at_is_told_as_it_ends() -> None:
    told: list[Attempt | Hop] = []
    around = look_around(_seen(Outcome.REFUSED), _FAR_FUTURE, None, told.append)
    assert sorted(map(repr, told)) == sorted(map(repr, around.controls))


@pytest.mark.parametrize(
    ("name", "address", "inside"),
    [
        ("www.example.com", "192.168.1.1", True),
        ("www.example.com.", "fd00::1", True),
        ("www.example.com", "93.184.215.14", False),
        ("www.example.com", "fe80::1%eth0", False),
        ("nas.lan", "192.168.1.7", False),
        ("NAS.Local", "192.168.1.7", False),
        ("nas", "192.168.1.7", False),
    ],
)
def test_which_names_lead_astray_into_a_private_network(name: str, address: str, inside: bool) -> None:
    attempt = Attempt(address, Family.IPV4, 80, Outcome.CONNECTED, 1.0)
    seen = Observation(Target(name, 80), Resolution(name, (address,), NameSource.DNS), (attempt,))
    assert _leads_inside(seen, attempt) is inside
