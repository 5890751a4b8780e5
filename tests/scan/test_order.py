from portview.scan.order import port_order
from portview.scan.ports import popular_ports
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
