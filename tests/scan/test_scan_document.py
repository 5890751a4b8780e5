import json
from dataclasses import replace

import pytest

from portview.scan.document import document, line
from portview.scan.records import HostVerdict, PortResult, Reason, ScanHost, ScanReport, Unresolved
from portview.vocabulary import Protocol, State

HOST = ScanHost("192.0.2.7", "nas.lan")
VERDICTS = {
    State.OPEN: Reason.SYN_ACK,
    State.CLOSED: Reason.CONN_REFUSED,
    State.FILTERED: Reason.NO_RESPONSE,
    State.OPEN_OR_FILTERED: Reason.NO_RESPONSE,
}


def results(state: State, ports: range, protocol: Protocol = Protocol.TCP) -> list[PortResult]:
    return [PortResult(HOST.address, port, protocol, state, VERDICTS[state]) for port in ports]


def report(found: list[PortResult], requested: int, protocol: Protocol = Protocol.TCP) -> ScanReport:
    return ScanReport((HOST,), protocol, "2026-01-02T03:04:05.678+01:00", 1.23456, tuple(found), requested)


def test_the_contract() -> None:
    found = [
        PortResult(
            HOST.address, 445, Protocol.TCP, State.FILTERED, Reason.PORT_UNREACH, HOST.address, 3, 3, 0.4567
        ),
        PortResult(HOST.address, 22, Protocol.TCP, State.OPEN, Reason.SYN_ACK, rtt_ms=0.2),
    ]
    assert document(replace(report(found, 2), verdicts={HOST.address: HostVerdict.UP})) == {
        "schema": 1,
        "started": "2026-01-02T03:04:05.678+01:00",
        "elapsed_s": 1.235,
        "protocol": "tcp",
        "requested": 2,
        "cancelled": False,
        "incomplete_because": None,
        "hosts": [
            {
                "address": "192.0.2.7",
                "name": "nas.lan",
                "error": None,
                "verdict": "up",
                "ports": [
                    {
                        "port": 22,
                        "protocol": "tcp",
                        "state": "open",
                        "reason": "syn-ack",
                        "sender": None,
                        "icmp": None,
                        "rtt_ms": 0.2,
                        "service": "ssh",
                    },
                    {
                        "port": 445,
                        "protocol": "tcp",
                        "state": "filtered",
                        "reason": "port-unreach",
                        "sender": "192.0.2.7",
                        "icmp": {"type": 3, "code": 3},
                        "rtt_ms": 0.457,
                        "service": "smb",
                    },
                ],
                "counts": {"open": 1, "closed": 0, "filtered": 1},
            }
        ],
    }


@pytest.mark.parametrize(
    ("found", "listed"),
    [
        (results(State.CLOSED, range(1, 26)), list(range(1, 26))),
        (results(State.CLOSED, range(1, 27)), []),
        (results(State.CLOSED, range(1, 100)) + results(State.FILTERED, range(100, 102)), [100, 101]),
        (
            results(State.FILTERED, range(1, 100)) + results(State.CLOSED, range(100, 140)),
            list(range(100, 140)),
        ),
        (results(State.OPEN, range(1, 100)) + results(State.CLOSED, range(100, 140)), list(range(1, 140))),
        ([], []),
    ],
)
def test_a_large_uninteresting_rest_is_only_counted(found: list[PortResult], listed: list[int]) -> None:
    text = json.loads(json.dumps(document(report(found, 1000))))
    [host] = text["hosts"]
    assert [port["port"] for port in host["ports"]] == listed
    assert sum(host["counts"].values()) == len(found)


def test_udp_counts_what_may_be_open() -> None:
    text = json.loads(
        json.dumps(
            document(report(results(State.OPEN_OR_FILTERED, range(1, 40), Protocol.UDP), 39, Protocol.UDP))
        )
    )
    assert text["hosts"][0]["counts"] == {"open": 0, "closed": 0, "filtered": 0, "open|filtered": 39}


def test_each_result_stands_at_its_own_host() -> None:
    other = ScanHost("192.0.2.8")
    found = (
        PortResult("192.0.2.8", 80, Protocol.TCP, State.OPEN, Reason.SYN_ACK),
        PortResult("192.0.2.7", 22, Protocol.TCP, State.OPEN, Reason.SYN_ACK),
    )
    whole = ScanReport((HOST, other), Protocol.TCP, "x", 1.0, found, 4, cancelled=True, gave_up="EMFILE")
    text = json.loads(json.dumps(document(whole)))
    assert [(host["address"], [port["port"] for port in host["ports"]]) for host in text["hosts"]] == [
        ("192.0.2.7", [22]),
        ("192.0.2.8", [80]),
    ]
    assert (text["cancelled"], text["incomplete_because"], text["requested"]) == (True, "EMFILE", 4)


def test_a_name_without_an_address_is_a_host_with_an_error() -> None:
    made = document(report([], 1), [Unresolved("nas.invalid", "nas.invalid has no address")])
    whole = json.loads(json.dumps(made))
    assert [host["verdict"] for host in whole["hosts"]] == [None, None]
    assert whole["hosts"][1] == {
        "address": None,
        "name": "nas.invalid",
        "error": "nas.invalid has no address",
        "verdict": None,
        "ports": [],
        "counts": {"open": 0, "closed": 0, "filtered": 0},
    }


def test_a_line_is_a_port_with_its_host() -> None:
    made = line(results(State.OPEN, range(22, 23))[0], HOST)
    assert made == {
        "schema": 1,
        "address": "192.0.2.7",
        "name": "nas.lan",
        "port": 22,
        "protocol": "tcp",
        "state": "open",
        "reason": "syn-ack",
        "sender": None,
        "icmp": None,
        "rtt_ms": None,
        "service": "ssh",
    }
