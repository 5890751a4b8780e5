import pytest

from portview.scan.guard import RANDOM_PORTS, Guard, random_ports


@pytest.mark.parametrize(
    ("opened", "done", "is_suspicious"),
    [(3, 3, False), (10, 10, False), (11, 11, True), (11, 100, False), (21, 100, True), (201, 65_535, True)],
)
def test_too_many_open_ports_are_suspicious(opened: int, done: int, is_suspicious: bool) -> None:
    guard = Guard()
    guard.open_ports = opened
    assert guard.is_suspicious(done) is is_suspicious


def test_it_is_asked_once() -> None:
    guard = Guard()
    guard.open_ports, guard.is_raised = 500, True
    assert not guard.is_suspicious(500)


@pytest.mark.parametrize(("opened", "is_everything"), [(5, True), (4, True), (3, False), (0, False)])
def test_hardly_a_random_port_may_be_closed(opened: int, is_everything: bool) -> None:
    guard = Guard()
    guard.asked += 5
    for number in range(5):
        guard.landed(is_open=number < opened, is_near=False)
    guard.landed(is_open=True, is_near=True)
    assert guard.is_everything_open is is_everything
    assert guard.is_answered_nearby


def test_without_a_doubt_nothing_is_certain() -> None:
    assert not Guard().is_everything_open


def test_random_ports_are_not_those_that_were_asked_for() -> None:
    ports = list(random_ports(range(1, 60_000), seed=3))
    assert len(ports) == RANDOM_PORTS
    assert min(ports) >= 60_000


def test_where_all_were_asked_for_any_will_do() -> None:
    assert len(list(random_ports(range(1, 65_536), seed=3))) == RANDOM_PORTS
