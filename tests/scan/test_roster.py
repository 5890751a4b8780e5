from portview.scan.host import Host, Reach
from portview.scan.loss import Loss
from portview.scan.pacing import Timing, Window
from portview.scan.roster import Roster


def host(number: int) -> Host:
    return Host(f"192.0.2.{number}", range(1, 101), Reach.LINK, Timing(), Window(), Loss(), None)


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


def test_hosts_that_are_done_make_room() -> None:
    hosts = roster(4)
    hosts.refresh(250)
    hosts.present[0].stop()
    hosts.refresh(250)
    assert [one.address for one in hosts.over] == ["192.0.2.1"]
    assert len(hosts.present) == 3
    assert len(hosts.hand_over()) == 4
