import errno

import pytest

from portview.scan.allowance import Allowance
from portview.scan.host import Host, Reach
from portview.scan.loss import Loss
from portview.scan.pacing import Ceiling, Timing, Window
from portview.scan.rate import ROUTED_RATE_PER_S, ROUTER_PLACES, Pace, Router
from portview.vocabulary import Protocol

TCP = Protocol.TCP
MOST = 100_000
SHORT = OSError(errno.EMFILE, "")


def host(reach: Reach, *, pace: Pace | None = None) -> Host:
    window = Window(MOST)
    for _ in range(MOST):
        window.answered(0.0, 0.001)
    one = Host("127.0.0.1", range(1, 100), reach, Timing(), window, Loss(), pace)
    one.is_sought = False
    return one


def allowance(*, rate: float | None = None, router: Router | None = None) -> Allowance:
    return Allowance(TCP, Ceiling(MOST), Pace(rate) if rate else None, router)


def test_a_host_that_is_searched_for_gets_nothing_more() -> None:
    one = host(Reach.LINK)
    assert allowance().room(one, 0, 100.0) > 0
    one.is_sought = True
    assert allowance().room(one, 0, 100.0) == 0


def send_for(bounds: Allowance, one: Host, seconds: int, error_number: int | None = None) -> int:
    """Send whatever may be sent; each knock is answered with the errno at once, None: never."""
    sent = 0
    for step in range(seconds * 200):
        now_s = 100 + step / 200
        room = bounds.room(one, 0, now_s)
        bounds.sent(one, room, now_s)
        for _ in range(room if error_number is not None else 0):
            bounds.answered(one, error_number or 0, now_s, now_s)
        sent += room
    return sent


def test_this_machine_itself_is_not_spared() -> None:
    assert allowance(router=Router()).room(host(Reach.OWN), 0, 100.0) == MOST


def test_what_is_in_flight_is_not_sent_again() -> None:
    assert allowance().room(host(Reach.OWN), 40_000, 100.0) == MOST - 40_000


def test_a_host_on_the_link_has_its_own_pace() -> None:
    sent = send_for(allowance(router=Router()), host(Reach.LINK, pace=Pace(1000)), 3)
    assert sent == pytest.approx(3000, rel=0.05)


def test_ports_that_refuse_behind_a_router_are_bounded_by_a_pace() -> None:
    bounds = allowance(router=Router())
    sent = send_for(bounds, host(Reach.ROUTED), 5, errno.ECONNREFUSED)
    assert sent == pytest.approx(5 * ROUTED_RATE_PER_S, rel=0.02)
    assert not bounds.is_held
    assert bounds.staying == 0


@pytest.mark.parametrize("error_number", [None, 0])
def test_ports_behind_a_router_that_keep_its_places_are_bounded_by_them(error_number: int | None) -> None:
    bounds = allowance(router=Router())
    sent = send_for(bounds, host(Reach.ROUTED), 10, error_number)
    assert ROUTER_PLACES * 0.95 <= sent <= ROUTER_PLACES
    assert bounds.is_held
    assert bounds.staying == sent


def test_a_rate_bounds_all() -> None:
    assert send_for(allowance(rate=50), host(Reach.OWN), 4) == pytest.approx(200, rel=0.05)


def test_the_wait_is_that_of_the_tightest_bound() -> None:
    assert allowance().wait_s(5000, 5000, 100.0) == 0.0
    assert allowance(rate=50).wait_s(5000, 0, 100.0) == 100.0
    assert allowance(router=Router()).wait_s(5000, 0, 100.0) == 0.0
    assert allowance(router=Router()).wait_s(20_000, 20_000, 100.0) > 200


def test_a_shortage_that_lasts_ends_the_scan() -> None:
    bounds = allowance()
    bounds.short(100, SHORT, 100.0)
    assert bounds.most < 100
    assert bounds.room(host(Reach.OWN), 0, 100.005) == 0
    bounds.short(100, SHORT, 104.0)
    bounds.achieved()
    bounds.short(100, SHORT, 106.0)
    assert bounds.gave_up is None
    bounds.short(100, SHORT, 112.0)
    assert bounds.gave_up == "EMFILE"


@pytest.mark.parametrize("why", [errno.EAGAIN, errno.ENOBUFS])
def test_a_full_buffer_is_waited_for_and_no_reason_to_carry_less(why: int) -> None:
    bounds = allowance()
    most = bounds.most
    bounds.short(0, OSError(why, ""), 100.0)
    assert bounds.room(host(Reach.OWN), 0, 100.005) == 0
    assert bounds.most == most
    assert bounds.room(host(Reach.OWN), 0, 100.1) > 0
