from portview.scan.plan import Plan
from portview.scan.records import ScanHost
from portview.vocabulary import Protocol

PORTS = tuple(range(1, 65536))


def hosts(count: int) -> tuple[ScanHost, ...]:
    return tuple(ScanHost(f"10.0.{number // 256}.{number % 256}") for number in range(count))


def test_portions_hold_every_host_once_and_neither_many_ports_nor_many_hosts() -> None:
    cases = ((3, PORTS, [3]), (10, PORTS, [4, 4, 2]), (2, (1, 2), [2]), (9000, (1, 2), [4096, 4096, 808]))
    for count, ports, sizes in cases:
        plan = Plan(hosts(count), {Protocol.TCP: ports})
        portions = list(plan.portions())
        assert [len(portion) for portion in portions] == sizes
        assert tuple(host for portion in portions for host in portion) == plan.hosts


def test_the_extent_is_said_in_words() -> None:
    assert Plan(hosts(1), {Protocol.TCP: PORTS}).in_words() == "1 host, 65,535 TCP ports"
    both = Plan(hosts(256), {Protocol.TCP: PORTS, Protocol.UDP: (53,)})
    assert both.in_words() == "256 hosts x 65,535 TCP ports + 1 UDP port = 16,777,216 knocks"
    assert both.knocks == 256 * 65536
