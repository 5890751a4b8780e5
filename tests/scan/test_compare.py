from portview.scan.compare import Changes, compare
from portview.scan.records import PortResult, Reason
from portview.vocabulary import Protocol, State

KINDS = {
    "open": (State.OPEN, Reason.SYN_ACK),
    "closed": (State.CLOSED, Reason.CONN_REFUSED),
    "itself": (State.CLOSED, Reason.SELF_CONNECT),
    "silent": (State.FILTERED, Reason.NO_RESPONSE),
    "reject": (State.FILTERED, Reason.PORT_UNREACH),
}


def results(address: str = "192.0.2.7", protocol: Protocol = Protocol.TCP, **kinds: str) -> list[PortResult]:
    return [PortResult(address, int(port[1:]), protocol, *KINDS[kind]) for port, kind in kinds.items()]


def ports(changes: Changes) -> dict[str, list[int]]:
    kinds = {"new": changes.new, "gone": changes.gone, "changed": changes.changed}
    return {name: [one.now.port for one in ones] for name, ones in kinds.items()}


def test_every_port_that_differs_is_told_once() -> None:
    before = results(p1="open", p2="closed", p3="open", p4="silent", p5="closed", p6="silent", p7="open")
    now = results(p7="closed", p6="reject", p5="silent", p4="open", p3="silent", p2="closed", p1="open")
    changes = compare(before, now)
    assert ports(changes) == {"new": [4], "gone": [3, 7], "changed": [5, 6]}
    assert changes.gone[0].before.state is State.OPEN
    assert changes


def test_ports_that_one_scan_did_not_ask_tell_nothing() -> None:
    changes = compare(results(p1="open", p2="closed"), results(p2="closed", p3="open"))
    assert changes == Changes()
    assert not changes


def test_a_closed_port_is_closed_whatever_told_so() -> None:
    assert not compare(results(p1="closed", p2="itself"), results(p1="itself", p2="closed"))


def test_addresses_and_transports_are_kept_apart() -> None:
    before = [*results(p53="closed"), *results(p53="open", protocol=Protocol.UDP)]
    now = [
        *results(p53="closed"),
        *results(p53="open", protocol=Protocol.UDP),
        *results("192.0.2.8", p53="open"),
    ]
    assert not compare(before, now)
