import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.scan.ranges import PortRange, findings
from portview.scan.records import PortResult, Reason
from portview.vocabulary import Protocol, State

VERDICTS = {
    "open": (State.OPEN, Reason.SYN_ACK, None),
    "closed": (State.CLOSED, Reason.CONN_REFUSED, None),
    "silent": (State.FILTERED, Reason.NO_RESPONSE, None),
    "reject": (State.FILTERED, Reason.PORT_UNREACH, "192.0.2.7"),
    "withheld": (State.FILTERED, Reason.RATE_LIMITED, "192.0.2.7"),
    "forbid": (State.FILTERED, Reason.ADMIN_PROHIBITED, "192.0.2.7"),
    "router": (State.FILTERED, Reason.PORT_UNREACH, "192.0.2.1"),
}
ports = st.dictionaries(st.integers(1, 300), st.sampled_from(sorted(VERDICTS)), max_size=60)


def results(states: dict[int, str]) -> list[PortResult]:
    made = []
    for port, name in states.items():
        state, reason, sender = VERDICTS[name]
        made.append(PortResult("192.0.2.7", port, Protocol.TCP, state, reason, sender))
    return made


def one(first: int, last: int, count: int, name: str) -> PortRange:
    return PortRange(first, last, count, *VERDICTS[name])


def test_neighbours_become_one_line() -> None:
    found = findings(results({139: "silent", 135: "silent", 136: "silent", 137: "silent", 138: "silent"}))
    assert found == (one(135, 139, 5, "silent"),)
    assert found[0].label == "135-139"


def test_open_comes_first_then_filtered_then_closed() -> None:
    found = findings(results({1: "closed", 2: "silent", 3: "open", 4: "closed"}))
    assert found == (
        one(3, 3, 1, "open"),
        one(2, 2, 1, "silent"),
        one(1, 1, 1, "closed"),
        one(4, 4, 1, "closed"),
    )
    assert found[0].label == "3"


def test_ports_that_were_not_asked_for_do_not_part_neighbours() -> None:
    assert findings(results({80: "closed", 443: "closed"})) == (one(80, 443, 2, "closed"),)


def test_a_missing_result_parts_neighbours() -> None:
    found = findings(results({80: "closed", 443: "closed"}), requested=[80, 100, 443])
    assert found == (one(80, 80, 1, "closed"), one(443, 443, 1, "closed"))


def test_reason_and_sender_part_neighbours() -> None:
    found = findings(results({1: "silent", 2: "reject", 3: "router", 4: "router"}))
    assert found == (one(1, 1, 1, "silent"), one(2, 2, 1, "reject"), one(3, 4, 2, "router"))


def test_rejections_and_those_that_were_withheld_are_one() -> None:
    alternating = {port: "withheld" if port % 3 else "reject" for port in range(4001, 4101)}
    [found] = findings(results(alternating))
    assert found == PortRange(4001, 4100, 100, *VERDICTS["reject"], withheld=67)
    [alone] = findings(results(dict.fromkeys(range(1, 9), "withheld")))
    assert alone == one(1, 8, 8, "withheld")


def test_what_is_withheld_joins_no_two_kinds_of_rejection() -> None:
    found = findings(results({1: "withheld", 2: "reject", 3: "withheld", 4: "forbid", 5: "router"}))
    assert found == (
        PortRange(1, 3, 3, *VERDICTS["reject"], withheld=2),
        one(4, 4, 1, "forbid"),
        one(5, 5, 1, "router"),
    )


def test_open_ports_stay_single() -> None:
    assert findings(results({80: "open", 81: "open"})) == (one(80, 80, 1, "open"), one(81, 81, 1, "open"))


@pytest.mark.parametrize(
    ("found", "extent"),
    [
        (one(22, 22, 1, "open"), "1 port"),
        (one(135, 139, 5, "silent"), "5 ports"),
        (one(1, 8118, 858, "closed"), "858 of 8118 asked"),
    ],
)
def test_a_range_claims_no_port_that_was_not_asked(found: PortRange, extent: str) -> None:
    assert found.extent == extent


def test_nothing_gives_nothing() -> None:
    assert findings([]) == ()


@given(ports, st.sets(st.integers(1, 300)))
def test_every_result_is_in_exactly_one_range(states: dict[int, str], missing: set[int]) -> None:
    requested = sorted(set(states) | missing)
    covered: dict[int, PortRange] = {}
    for found in findings(results(states), requested):
        inside = [port for port in requested if found.first <= port <= found.last]
        assert len(inside) == found.count
        for port in inside:
            assert port not in covered
            covered[port] = found
    assert covered.keys() == states.keys()
    for port, found in covered.items():
        state, reason, sender = VERDICTS[states[port]]
        assert (found.state, found.sender) == (state, sender)
        assert reason in (found.reason, Reason.RATE_LIMITED)
    assert sum(found.withheld for found in set(covered.values())) <= list(states.values()).count("withheld")
