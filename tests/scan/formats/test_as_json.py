from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from portview.scan.formats.choice import Format
from portview.scan.records import PortResult
from portview.vocabulary import Protocol, State

if TYPE_CHECKING:
    from tests.scan.formats.conftest import Whole

Make = Callable[..., "Whole"]
Results = Callable[..., list[PortResult]]


def test_it_is_laid_out_as_one_document(rich: Whole) -> None:
    text = rich.write(Format.JSON)
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def test_the_contract(rich: Whole) -> None:
    document = rich.json()
    hosts = document.pop("hosts")
    assert document == {
        "schema": 1,
        "started": "2026-01-02T03:04:05.678+01:00",
        "elapsed_s": 1.235,
        "protocol": "tcp,udp",
        "requested": 88,
        "cancelled": True,
        "incomplete_because": None,
    }
    nas, off, gone = hosts
    ports = nas.pop("ports")
    assert nas == {
        "address": "192.0.2.7",
        "name": "nas.lan",
        "error": None,
        "verdict": "up",
        "facts": {
            "loss": 0.02,
            "rtt_ms": 0.3,
            "sampled": 0,
            "rejected": 0,
            "random_asked": 0,
            "random_open": 0,
            "answered_nearby": False,
        },
        "skipped": False,
        "counts": {"open": 1, "closed": 40, "filtered": 2, "open|filtered": 1},
    }
    assert [port["port"] for port in ports] == [22, 445, 446, 53]
    assert ports[0]["said"] == {
        "banner": 'SSH-2.0 "x" </a>, a/b\\x1b',
        "tls": {"version": "TLS 1.3", "names": ["nas.lan", "b"]},
        "http": {"status": 200, "server": "nginx & co"},
        "closed_by": None,
    }
    assert ports[1] == {
        "port": 445,
        "protocol": "tcp",
        "state": "filtered",
        "reason": "port-unreach",
        "sender": "192.0.2.7",
        "icmp": {"type": 3, "code": 3},
        "rtt_ms": 0.457,
        "tries": 1,
        "loss": None,
        "service": "smb",
        "said": None,
    }
    assert (ports[2]["tries"], ports[2]["loss"]) == (3, 0.02)
    assert (off["address"], off["verdict"], off["skipped"], off["ports"]) == ("2001:db8::9", "off", True, [])
    assert (gone["address"], gone["name"], gone["error"]) == (None, "gone.lan", "gone.lan has no address")
    assert gone.keys() == off.keys()
    assert set(gone["counts"].values()) == {0}


@pytest.mark.parametrize(
    ("states", "listed"),
    [
        ([(State.CLOSED, range(1, 26))], list(range(1, 26))),
        ([(State.CLOSED, range(1, 27))], []),
        ([(State.CLOSED, range(1, 100)), (State.FILTERED, range(100, 102))], [100, 101]),
        ([(State.FILTERED, range(1, 100)), (State.CLOSED, range(100, 140))], list(range(100, 140))),
        ([(State.OPEN, range(1, 100)), (State.CLOSED, range(100, 140))], list(range(1, 140))),
        ([], []),
    ],
)
def test_a_large_uninteresting_rest_is_only_counted(
    whole: Make, results: Results, states: list[tuple[State, range]], listed: list[int]
) -> None:
    found = [one for state, ports in states for one in results(state, ports)]
    [host] = whole(found, 1000).json()["hosts"]
    assert [port["port"] for port in host["ports"]] == listed
    assert sum(host["counts"].values()) == len(found)


def test_udp_counts_what_may_be_open(whole: Make, results: Results) -> None:
    document = whole(results(State.OPEN_OR_FILTERED, range(1, 40), Protocol.UDP)).json()
    assert document["protocol"] == "udp"
    assert document["hosts"][0]["counts"] == {"open": 0, "closed": 0, "filtered": 0, "open|filtered": 39}


def test_a_shortage_is_named(whole: Make, results: Results) -> None:
    document = whole(results(State.OPEN, range(1, 3)), 4, gave_up="EMFILE").json()
    assert (document["cancelled"], document["incomplete_because"]) == (False, "EMFILE")
