from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portview.scan.formats.choice import Format
from portview.scan.records import PortResult
from portview.vocabulary import State

if TYPE_CHECKING:
    from tests.scan.formats.conftest import Whole

NMAP_DTD = Path("/usr/share/nmap/nmap.dtd")
# What nmap.dtd requires of each element that we write: its attributes, and what may stand in it.
REQUIRED = {
    "nmaprun": (
        {"scanner", "version", "xmloutputversion"},
        {"scaninfo", "verbose", "debugging", "host", "runstats"},
    ),
    "scaninfo": ({"type", "protocol", "numservices", "services"}, set()),
    "verbose": (set(), set()),
    "debugging": (set(), set()),
    "host": (set(), {"status", "address", "hostnames", "ports"}),
    "status": ({"state", "reason", "reason_ttl"}, set()),
    "address": ({"addr"}, set()),
    "hostnames": (set(), {"hostname"}),
    "hostname": (set(), set()),
    "ports": (set(), {"extraports", "port"}),
    "extraports": ({"state", "count"}, {"extrareasons"}),
    "extrareasons": ({"reason", "count"}, set()),
    "port": ({"protocol", "portid"}, {"state", "service"}),
    "state": ({"state", "reason", "reason_ttl"}, set()),
    "service": ({"name", "conf", "method"}, set()),
    "runstats": (set(), {"finished", "hosts"}),
    "finished": ({"time", "elapsed"}, set()),
    "hosts": ({"total"}, set()),
}


def test_it_is_what_nmap_s_dtd_asks_for(rich: Whole) -> None:
    root = rich.xml()
    for element in root.iter():
        attributes, children = REQUIRED[element.tag]
        assert attributes <= set(element.keys())
        assert {child.tag for child in element} <= children
    assert {element.tag for element in root.iter()} == set(REQUIRED)


def test_a_scan_that_was_resumed_ends_when_it_did(rich: Whole) -> None:
    later = datetime.fromisoformat(rich.totals.started) + timedelta(days=2)
    finished = (
        replace(rich, totals=replace(rich.totals, ended=later.isoformat())).xml().find("runstats/finished")
    )
    assert finished is not None
    assert (finished.get("time"), finished.get("elapsed")) == (str(int(later.timestamp())), "1.23")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {"exit": "success"}),
        ({"cancelled": True}, {"exit": "error", "errormsg": "interrupted"}),
        ({"gave_up": "EMFILE"}, {"exit": "error", "errormsg": "EMFILE"}),
    ],
)
def test_only_a_whole_scan_is_a_success(
    whole: Callable[..., Whole], more: dict[str, object], expected: dict[str, str]
) -> None:
    finished = whole((), **more).xml().find("runstats/finished")
    assert finished is not None
    assert {name: finished.get(name) for name in ("exit", "errormsg") if finished.get(name)} == expected


@pytest.mark.skipif(
    not (shutil.which("xmllint") and NMAP_DTD.exists()),
    reason="needs xmllint and the DTD that comes with nmap",
)
def test_it_is_valid_by_nmap_s_own_dtd(rich: Whole, tmp_path: Path) -> None:
    file = tmp_path / "scan.xml"
    file.write_text(rich.write(Format.XML))
    done = subprocess.run(
        ["xmllint", "--noout", "--dtdvalid", NMAP_DTD, file],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_it_says_what_was_found(rich: Whole) -> None:
    root = rich.xml()
    assert root.get("args") == "portview scan '<nas>'"
    assert [(info.get("type"), info.get("services")) for info in root.iter("scaninfo")] == [
        ("connect", "22,100-139,445-446"),
        ("udp", "53"),
    ]
    nas, off = root.iter("host")
    states = {
        (port.get("portid"), port.get("protocol")): state.attrib
        for port in nas.iter("port")
        for state in port.iter("state")
    }
    assert {key: state["state"] for key, state in states.items()} == {
        ("22", "tcp"): "open",
        ("445", "tcp"): "filtered",
        ("446", "tcp"): "filtered",
        ("53", "udp"): "open|filtered",
    }
    assert states["445", "tcp"]["reason_ip"] == "192.0.2.7"
    [extra] = nas.iter("extraports")
    assert (extra.get("state"), extra.get("count")) == ("closed", "40")
    words = next(nas.iter("service")).get("extrainfo", "")
    assert words.startswith('SSH-2.0 "x" </a>')
    assert [status.get("state") for status in root.iter("status")] == ["up", "down"]
    assert [address.get("addrtype") for address in off.iter("address")] == ["ipv6"]


@pytest.mark.skipif(not shutil.which("ndiff"), reason="needs ndiff")
def test_ndiff_reads_it(
    whole: Callable[..., Whole], results: Callable[..., list[PortResult]], rich: Whole, tmp_path: Path
) -> None:
    before, now = tmp_path / "before.xml", tmp_path / "now.xml"
    before.write_text(whole(results(State.CLOSED, range(22, 23))).write(Format.XML))
    now.write_text(rich.write(Format.XML))
    done = subprocess.run(["ndiff", before, now], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "+22/tcp  open" in done.stdout
    assert "+53/udp  open|filtered domain" in done.stdout
    same = subprocess.run(["ndiff", now, now], capture_output=True, text=True, timeout=30, check=False)
    assert (same.returncode, same.stderr) == (0, "")
