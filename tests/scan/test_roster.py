from portview.scan.host import Host, Reach
from portview.scan.loss import Loss
from portview.scan.pacing import Timing, Window
from portview.scan.roster import Roster


def host(number: int) -> Host:
    one = Host(f"192.0.2.{number}", range(1, 101), Reach.LINK, Timing(), Window(), Loss(), None)
    one.is_sought = False
    return one


def roster(hosts: int) -> Roster:
    return Roster(map(host, range(1, hosts + 1)), hosts * 100)


def test_as_many_hosts_come_as_fill_a_window() -> None:
    hosts = roster(9)
    hosts.refresh(250)
    assert len(hosts.present) == 3
    hosts.present[0].take(60)
    hosts.refresh(250)
    assert len(hosts.present) == 4


def test_hosts_that_are_searched_for_keep_nobody_out() -> None:
    hosts = roster(9)
    hosts.refresh(250)
    for one in hosts.present:
        one.is_sought = True
    hosts.refresh(250)
    assert len(hosts.present) == 6


def test_nobody_on_the_own_network_is_found_before_the_first_knock() -> None:
    for reach in Reach:
        one = Host("192.0.2.1", [1], reach, Timing(), Window(), Loss(), None)
        assert one.is_sought is (reach is Reach.LINK)


def test_hosts_that_are_searched_for_are_foretold_to_be_off() -> None:
    hosts = roster(9)
    hosts.refresh(250)
    first = hosts.present[0]
    first.take(60)
    first.done = 60
    for one in list(hosts.present)[1:]:
        one.is_sought = True
    hosts.refresh(10)
    left = hosts.left(sent=62, staying=0)
    assert left is not None
    # 40 of the first, and of the 6 to come as much as of the 3 that came.
    assert left.sends == 40 + 62 * 600 / 260


def test_hosts_that_are_done_make_room() -> None:
    hosts = roster(4)
    hosts.refresh(250)
    hosts.present[0].stop()
    hosts.refresh(250)
    assert [one.address for one in hosts.over] == ["192.0.2.1"]
    assert len(hosts.present) == 3
    assert len(hosts.hand_over()) == 4
