import json
from dataclasses import replace
from pathlib import Path

import pytest

from portview.errors import BadInput
from portview.scan import journal, past
from portview.scan.past import FinishedScan
from portview.scan.plan import Manner, Plan
from portview.scan.records import (
    Asked,
    HostFacts,
    HostVerdict,
    PortResult,
    Reason,
    ScanHost,
    Unresolved,
)
from portview.scan.reports import HostReport, Totals
from portview.scan.said import Said
from portview.vocabulary import Protocol, State

NAS, VPS = ScanHost("192.0.2.7", "nas.lan"), ScanHost("2001:db8::7")
PLAN = Plan((NAS, VPS), {Protocol.TCP: (22, 23, 80), Protocol.UDP: (53,)}, (Unresolved("no.lan", "unknown"),))
OPEN = PortResult(NAS.address, 22, Protocol.TCP, State.OPEN, Reason.SYN_ACK, rtt_ms=0.3)
SILENT = PortResult(NAS.address, 23, Protocol.TCP, State.FILTERED, Reason.NO_RESPONSE, tries=3, loss=0.5)
REJECTED = PortResult(
    VPS.address, 80, Protocol.TCP, State.FILTERED, Reason.HOST_PROHIBITED, "2001:db8::1", 1, 1, 12.0
)
SCAN = FinishedScan(
    Asked("nas.lan, 2001:db8::7", "22-23,80,U:53", Protocol.TCP),
    PLAN,
    Manner(talk=True),
    Totals("2024-05-01T14:03:00.000+00:00", 1.5, PLAN.knocks, 3, cancelled=True),
    (
        HostReport(
            NAS,
            (OPEN, SILENT),
            4,
            HostVerdict.UP,
            HostFacts(0.5, 0.3, 1),
            {(Protocol.TCP, 22): Said("SSH-2.0-x")},
            True,
        ),
        HostReport(VPS, (REJECTED,), 4),
    ),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "scan.jsonl"
    past.write(path, SCAN)
    return path


def test_a_scan_comes_back_as_it_was(file: Path) -> None:
    assert past.read(file) == SCAN


def test_the_first_line_alone_tells_how_it_ended(file: Path) -> None:
    first, *_ = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text(first + "no port\n", encoding="utf-8")
    short = past.read_short(file)
    assert (short.ended.asked, short.ended.totals) == (SCAN.asked, SCAN.totals)
    assert (short.ended.open, short.ended.filtered, short.ended.found) == (1, 2, ("nas.lan 22/tcp",))
    with pytest.raises(BadInput, match="line 2: not a scanned port"):
        past.read(file)


def test_the_command_goes_on_with_it(file: Path) -> None:
    kept = journal.read(file)
    assert (kept.plan, kept.manner, len(kept.earlier)) == (PLAN, SCAN.manner, 3)
    assert journal.is_unfinished(file)


def test_what_can_be_compared_is_of_one_kind() -> None:
    kind = past.kind_of(PLAN)
    assert past.kind_of(replace(PLAN, hosts=(VPS, ScanHost(NAS.address)))) == kind
    assert past.kind_of(replace(PLAN, ports={Protocol.UDP: (1,), Protocol.TCP: (2,)})) == kind
    assert past.kind_of(replace(PLAN, hosts=(NAS,))) != kind
    assert past.kind_of(replace(PLAN, ports={Protocol.TCP: (22,)})) != kind


def test_one_that_is_too_large_is_not_begun(tmp_path: Path) -> None:
    totals = replace(SCAN.totals, done=past.MOST_RESULTS + 1)
    with pytest.raises(BadInput, match="131,072 ports"):
        past.write(tmp_path / "large", replace(SCAN, totals=totals))
    assert not (tmp_path / "large").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", 2),
        ("scan", None),
        ("ended", None),
        ("ended", {"asked": 1}),
        ("ended", {"totals": []}),
    ],
)
def test_what_is_no_such_file_is_told_in_one_line(file: Path, key: str, value: object) -> None:
    first, *lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = json.dumps({**json.loads(first), key: value}) + "\n"
    file.write_text(changed + "".join(lines), encoding="utf-8")
    for read in (past.read_short, past.read):
        with pytest.raises(BadInput) as told:
            read(file)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("hosts", [None, [1], [{"address": "192.0.2.7", "verdict": "fine"}]])
def test_damage_beyond_the_short_part_is_found_on_reading(file: Path, hosts: object) -> None:
    first, *lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text(json.dumps({**json.loads(first), "hosts": hosts}) + "\n" + "".join(lines))
    assert past.read_short(file).ended.open == 1
    with pytest.raises(BadInput, match="is damaged: what it says of its hosts"):
        past.read(file)


@pytest.mark.parametrize("content", [b"", b"\x00" * 99, b"[]\n", b"[" * 100_000, b'{"schema": 1}\n'])
def test_foreign_files_are_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        past.read_short(path)
    with pytest.raises(BadInput, match="cannot read"):
        past.read_short(tmp_path / "nowhere")


def test_hostile_texts_are_cleaned_when_they_are_read(file: Path) -> None:
    first, *_ = file.read_text(encoding="utf-8").splitlines()
    document = json.loads(first)
    document["ended"]["asked"]["targets"] = "\x1b[2J[red]nas\u202e"
    file.write_text(json.dumps(document) + "\n", encoding="utf-8")
    targets = past.read_short(file).ended.asked.targets
    assert targets.isprintable()
    assert "[red]nas" in targets
