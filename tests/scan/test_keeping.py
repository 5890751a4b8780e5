import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from portview.errors import BadInput
from portview.scan import journal
from portview.scan.formats.choice import Format
from portview.scan.keeping import Keeper, journal_of, resuming
from portview.scan.plan import Plan
from portview.scan.records import PortResult, Reason, ScanHost
from portview.scan.reports import HostReport, Totals
from portview.text import clean
from portview.vocabulary import Protocol, State
from tests.scan.test_safe_file import full_after

HOST = ScanHost("192.0.2.7")
PORTS = tuple(range(1, 101))
PLAN = Plan((HOST,), {Protocol.TCP: PORTS})
RESULTS = tuple(
    PortResult(HOST.address, port, Protocol.TCP, State.CLOSED, Reason.CONN_REFUSED) for port in PORTS
)


@pytest.fixture(autouse=True)
def closed_as_by_a_kill(tmp_path: Path) -> Iterator[None]:
    """A keeper that a test drops in mid-scan leaves its files open, which the end of its process closes."""
    yield
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            if os.readlink(link).startswith(f"{tmp_path}/"):
                os.close(int(link.name))


class Told(list[str]):
    """What a keeper says."""


def start(path: Path, form: Format, told: Told, kept: journal.Kept | None = None) -> Keeper:
    keeper = Keeper(path, form, "portview scan", kept=kept, tell=told.append)
    keeper.begin(PLAN, "2026-01-02T03:04:05+01:00")
    return keeper


def go_on(keeper: Keeper, ports: range, elapsed_s: float = 0.5) -> None:
    for port in ports:
        keeper.port(RESULTS[port - 1], HOST, None)
    keeper.flush(elapsed_s)


def finish(keeper: Keeper, done: int) -> None:
    keeper.host(HostReport(HOST, RESULTS[:done], 100))
    keeper.end(Totals("2026-01-02T03:04:05+01:00", 1.0, 100, done, cancelled=done < 100))


def done_in(path: Path) -> int:
    return len(path.read_text().splitlines()) - 1


@pytest.mark.parametrize("form", [Format.JSON, Format.CSV, Format.XML, Format.GREPABLE])
def test_a_finished_scan_leaves_its_document_alone(tmp_path: Path, form: Format) -> None:
    path = tmp_path / "scan"
    keeper = start(path, form, told := Told())
    go_on(keeper, range(1, 51))
    assert not path.exists()
    assert done_in(journal_of(path, form)) == 50
    go_on(keeper, range(51, 101))
    finish(keeper, 100)
    assert [file.name for file in tmp_path.iterdir()] == ["scan"]
    assert path.stat().st_size > 0
    assert (told, keeper.is_written) == ([], True)


def test_json_lines_are_their_own_journal(tmp_path: Path) -> None:
    path = tmp_path / "scan.jsonl"
    keeper = start(path, Format.JSONL, Told())
    go_on(keeper, range(1, 101))
    finish(keeper, 100)
    assert [file.name for file in tmp_path.iterdir()] == ["scan.jsonl"]
    assert len(journal.read(path).earlier) == 100


def test_a_scan_that_was_cut_short_leaves_what_is_needed_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "scan.csv"
    keeper = start(path, Format.CSV, told := Told())
    go_on(keeper, range(1, 31))
    finish(keeper, 30)
    assert told == [f"to go on: portview scan --resume {path}"]
    assert len(path.read_text().splitlines()) == 31
    kept = journal.read(journal_of(path, Format.CSV))
    again = start(path, Format.CSV, Told(), kept)
    go_on(again, range(31, 101))
    finish(again, 100)
    assert len(path.read_text().splitlines()) == 101
    assert [file.name for file in tmp_path.iterdir()] == ["scan.csv"]


def test_a_scan_that_was_killed_can_go_on(tmp_path: Path) -> None:
    path = tmp_path / "scan.json"
    go_on(start(path, Format.JSON, Told()), range(1, 31))  # and nothing after that
    kept = journal.read(journal_of(path, Format.JSON))
    assert len(kept.earlier) == 30
    again = start(path, Format.JSON, Told(), kept)
    go_on(again, range(31, 101))
    finish(again, 100)
    assert json.loads(path.read_text())["hosts"][0]["counts"]["closed"] == 100


def test_the_time_of_every_part_is_kept_through_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "scan.jsonl"
    go_on(start(path, Format.JSONL, Told()), range(1, 31), 12.5)  # and nothing after that
    kept = journal.read(path)
    assert (kept.started, kept.elapsed_s) == ("2026-01-02T03:04:05.000+01:00", 12.5)
    again = start(path, Format.JSONL, Told(), kept)
    assert journal.read(path).elapsed_s == 12.5
    go_on(again, range(31, 61), 86_412.25)
    kept = journal.read(path)
    assert (kept.elapsed_s, len(kept.earlier)) == (86_412.25, 60)


def test_a_journal_without_a_place_for_the_time_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "scan.jsonl"
    go_on(start(path, Format.JSONL, Told()), range(1, 31))
    first, rest = path.read_text().split("\n", 1)
    path.write_text(json.dumps(json.loads(first)) + "\n" + rest)
    go_on(start(path, Format.JSONL, Told(), journal.read(path)), range(31, 61), 5.0)
    assert path.read_text().startswith(json.dumps(json.loads(first)) + "\n")
    assert len(journal.read(path).earlier) == 60


def test_a_disk_that_is_full_for_a_while_costs_one_line_and_no_result(tmp_path: Path) -> None:
    path = tmp_path / "scan.csv"
    keeper = start(path, Format.CSV, told := Told())
    go_on(keeper, range(1, 11))
    with full_after(2000):
        go_on(keeper, range(11, 51))
        go_on(keeper, range(51, 61))
        assert len(told) == 1
        assert "File too large; the scan goes on" in told[0]
        assert not keeper.is_written
    go_on(keeper, range(61, 101))
    finish(keeper, 100)
    assert "nothing is missing" in told[1]
    assert len(path.read_text().splitlines()) == 101


def test_a_disk_that_stays_full_leaves_a_journal_to_go_on_with(tmp_path: Path) -> None:
    path = tmp_path / "scan.csv"
    path.write_text("the scan before\n")
    keeper = start(path, Format.CSV, told := Told())
    go_on(keeper, range(1, 11))
    with full_after(2000):
        go_on(keeper, range(11, 101))
        finish(keeper, 100)
    assert not keeper.is_written
    assert told[1:] == [
        f"the result is not in {clean(str(path), 60)}",
        f"to go on: portview scan --resume {path}",
    ]
    assert path.read_text() == "the scan before\n"
    assert len(journal.read(journal_of(path, Format.CSV)).earlier) == 10


@pytest.mark.parametrize("format_", [Format.JSON, Format.JSONL])
def test_a_name_that_no_file_can_have_is_told(tmp_path: Path, format_: Format) -> None:
    with pytest.raises(BadInput, match=r"cannot write to .*: File name too long"):
        start(tmp_path / ("a" * 300), format_, Told())


def test_what_is_no_file_is_told_by_its_name() -> None:
    reader, writer = os.pipe()
    link = Path(f"/dev/fd/{writer}")
    with pytest.raises(BadInput, match=f"cannot write to {link}: not a regular file"):
        start(link, Format.JSON, Told())
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("done", [100, 60])
def test_a_result_that_fits_is_written_though_its_journal_does_not(tmp_path: Path, done: int) -> None:
    path = tmp_path / "scan.json"
    keeper = start(path, Format.JSON, told := Told())
    go_on(keeper, range(1, 11))
    with full_after(10_000):
        go_on(keeper, range(11, done + 1))
        finish(keeper, done)
    assert keeper.is_written
    assert json.loads(path.read_text())["hosts"][0]["counts"]["closed"] == done
    assert "File too large; the scan goes on" in told[0]
    assert "nothing is missing in it" in told[1]
    goes_on = [f"to go on: portview scan --resume {path}"]
    assert (told[2:], journal_of(path, Format.JSON).exists()) == (
        ([], False) if done == 100 else (goes_on, True)
    )


@pytest.mark.parametrize("form", [Format.CSV, Format.JSONL])
def test_a_disk_that_was_full_from_the_start_is_left_without_empty_files(
    tmp_path: Path, form: Format
) -> None:
    path = tmp_path / f"scan.{form}"
    with full_after(0):
        keeper = start(path, form, told := Told())
        go_on(keeper, range(1, 31))
        finish(keeper, 100)
    assert not keeper.is_written
    assert told[1:] == [f"the result is not in {clean(str(path), 60)}"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "form", "options"),
    [
        ("v.json", Format.JSON, "--resume v.json"),
        ("my v.JSONL", Format.JSONL, "--resume 'my v.JSONL'"),
        ("v.txt", Format.CSV, "--resume v.txt --csv"),
        ("v", Format.XML, "--resume v --xml"),
    ],
)
def test_how_a_scan_is_gone_on_with(name: str, form: Format, options: str) -> None:
    assert resuming(Path(name), form) == options


@pytest.mark.parametrize("form", [Format.CSV, Format.JSONL])
def test_an_unfinished_scan_is_not_given_up_unasked(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"scan.{form}"
    go_on(start(path, form, Told()), range(1, 31))
    before = journal_of(path, form).read_text()
    with pytest.raises(BadInput, match=r"an unfinished scan is in scan.*--resume .* --yes begins anew"):
        start(path, form, Told())
    assert journal_of(path, form).read_text() == before
    anew = Keeper(path, form, "portview scan", anew=True, tell=Told().append)
    anew.begin(PLAN, "2026-01-02T03:04:05+01:00")
    go_on(anew, range(1, 101))
    finish(anew, 100)
    start(path, form, Told())  # what is finished may be written over


def test_a_place_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "scan.json", Path("/dev/full")):
        with pytest.raises(BadInput, match="cannot write to"):
            start(path, Format.JSON, Told())
    assert list(tmp_path.iterdir()) == []
