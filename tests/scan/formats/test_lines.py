"""The formats with a line for each port or host: JSON Lines, CSV and grepable text."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from portview.scan.formats.as_csv import CsvWriter
from portview.scan.formats.choice import Format
from portview.scan.records import PortResult, Reason, ScanHost
from portview.scan.said import Said
from portview.vocabulary import Protocol, State

if TYPE_CHECKING:
    from tests.scan.formats.conftest import Whole


def test_json_lines_have_a_port_each(rich: Whole) -> None:
    lines = [json.loads(line) for line in rich.write(Format.JSONL).splitlines()]
    assert len(lines) == 44
    assert [line["port"] for line in lines if line["said"]] == [22]
    assert lines[0].keys() == lines[-1].keys()
    assert (lines[0]["schema"], lines[0]["address"], lines[0]["name"]) == (1, "192.0.2.7", "nas.lan")


@pytest.mark.parametrize(
    ("banner", "cell"),
    [("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"), ("+OK ready", "'+OK ready"), ("a=1", "a=1"), (None, "")],
)
def test_no_spreadsheet_runs_what_a_server_says(banner: str | None, cell: str) -> None:
    parts: list[str] = []
    found = PortResult("192.0.2.7", 110, Protocol.TCP, State.OPEN, Reason.SYN_ACK)
    CsvWriter(parts.append).port(found, ScanHost("192.0.2.7"), Said(banner))
    [row] = csv.reader(parts)
    assert row[-1] == cell


def test_csv_has_a_port_each_and_empty_cells_for_what_is_unknown(rich: Whole) -> None:
    rows = list(csv.DictReader(io.StringIO(rich.write(Format.CSV))))
    assert len(rows) == 44
    by_port = {row["port"]: row for row in rows}
    assert by_port["22"]["said"] == ('SSH-2.0 "x" </a>, a/b\\x1b, TLS 1.3 nas.lan (+1), HTTP 200 nginx & co')
    assert by_port["445"] == {
        "address": "192.0.2.7",
        "name": "nas.lan",
        "port": "445",
        "protocol": "tcp",
        "state": "filtered",
        "reason": "port-unreach",
        "sender": "192.0.2.7",
        "icmp_type": "3",
        "icmp_code": "3",
        "rtt_ms": "0.457",
        "tries": "1",
        "loss": "",
        "service": "smb",
        "said": "",
    }
    assert (by_port["446"]["tries"], by_port["446"]["loss"]) == ("3", "0.02")


def test_grepable_text_has_a_line_a_host(rich: Whole) -> None:
    first, nas, off, last = rich.write(Format.GREPABLE).splitlines()
    assert first.startswith("# portview ")
    assert first.endswith("as: portview scan '<nas>'")
    host, ports, ignored, verdict = nas.split("\t")
    assert host == "Host: 192.0.2.7 (nas.lan)"
    fields = [port.split("/") for port in ports.removeprefix("Ports: ").split(", ")]
    assert [(field[0], field[1], field[2], field[4]) for field in fields] == [
        ("22", "open", "tcp", "ssh"),
        ("445", "filtered", "tcp", "smb"),
        ("446", "filtered", "tcp", ""),
        ("53", "open|filtered", "udp", "domain"),
    ]
    assert {len(field) for field in fields} == {8}
    assert (ignored, verdict) == ("Ignored State: closed (40)", "Verdict: up")
    assert off == "Host: 2001:db8::9 ()\tVerdict: off"
    assert last == "# 44 of 88 ports done in 1.23 s, incomplete"
