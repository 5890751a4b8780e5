from portview.scan.order import knocks, port_order
from portview.scan.ports import popular_ports
from portview.scan.records import ScanHost
from portview.vocabulary import Protocol


def test_every_port_comes_once() -> None:
    order = port_order(range(1, 65536), Protocol.TCP, seed=1)
    assert sorted(order) == list(range(1, 65536))


def test_the_popular_ports_come_first_and_in_their_order() -> None:
    popular = popular_ports(Protocol.TCP)
    assert port_order(range(1, 65536), Protocol.TCP, seed=1)[: len(popular)] == popular
    assert port_order([7, 22, 443], Protocol.TCP, seed=1)[:2] == (443, 22)


def test_the_rest_is_shuffled_and_the_seed_repeats_it() -> None:
    ports = range(40000, 41000)
    first = port_order(ports, Protocol.UDP, seed=1)
    assert first == port_order(ports, Protocol.UDP, seed=1)
    assert first != port_order(ports, Protocol.UDP, seed=2)
    assert first != tuple(ports)


def test_hosts_take_turns() -> None:
    one, two = ScanHost("127.0.0.1"), ScanHost("127.0.0.2")
    assert list(knocks([one, two], [80, 22])) == [(one, 80), (two, 80), (one, 22), (two, 22)]


def test_every_host_of_a_large_block_gets_every_port_once() -> None:
    hosts = [ScanHost(f"127.1.{high}.{low}") for high in range(3) for low in range(250)]
    sent = list(knocks(hosts, [80, 22]))
    assert len(sent) == len(set(sent)) == 1500
    assert {host for host, _ in sent} == set(hosts)
