"""Scans survive a restart: each story runs on the shelf that the one before it has left."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portview.scan.plan import Plan
from portview.scan.records import Batch, PortResult, Reason
from portview.scan.reports import HostReport, Totals
from portview.scan.session import Listener
from portview.tui.canvas import Canvas
from portview.tui.log import log_to
from portview.tui.panes import scan_memory
from portview.tui.panes.scan_run import Watch
from portview.tui.past_screen import PastScreen
from portview.tui.services import Running, Services
from portview.tui.shelves import scans_in
from portview.vocabulary import Protocol, State
from tests.tui.prepared import PreparedScan, progress_of

if TYPE_CHECKING:
    from portview.scan.past import FinishedScan, PastScan
    from tests.tui.stage import Stage

Play = Callable[..., None]


class Half(PreparedScan):
    """A scan that finds two ports and is cancelled."""

    results: tuple[PortResult, ...] = PreparedScan.results[21:23]

    def run(self, listener: Listener, cancel: threading.Event) -> Totals:
        listener.on_batch(Batch(self.results, progress_of(self.results, 1024)))
        assert cancel.wait(30)
        return self.end(listener, requested=1024, cancelled=True)


class Rest(PreparedScan):
    """What is left of it."""


class Gone(PreparedScan):
    """The same host without its web server."""

    results = tuple(
        replace(one, state=State.CLOSED, reason=Reason.CONN_REFUSED) if one.port == 80 else one
        for one in PreparedScan.results
    )


@pytest.fixture
def kept(prepared: Services, tmp_path: Path) -> Services:
    """The prepared services with a shelf; every call is a start anew."""
    return replace(prepared, scans=scans_in(tmp_path / "scans"))


def files_in(folder: Path) -> list[Path]:
    """What is kept."""
    return list(folder.glob("*.jsonl"))


async def scan(stage: Stage, folder: Path) -> None:
    """Scan, and wait until it is kept."""
    before = len(files_in(folder))
    await stage.press("3", "enter")
    await stage.until(lambda: not stage.pane.busy and len(files_in(folder)) > before)


def test_a_scan_is_listed_after_a_restart_and_read_again(play: Play, kept: Services, tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await scan(stage, tmp_path / "scans")

    async def second(stage: Stage) -> None:
        await stage.press("3", "escape")
        await stage.until(lambda: "Past scans" in stage.page.text())
        assert "127.0.0.1, top 1000: 3 open, 22/tcp 80/tcp 443/tcp" in stage.page.text()
        assert "o past scans" in stage.footer
        await stage.press("o")
        assert isinstance(stage.app.screen, PastScreen)
        assert "1 past scan" in stage.text
        assert "1,024 ports in 1.2 s" in stage.text
        await stage.press("enter")
        await stage.until(lambda: len(stage.pane.rows.items) == 9 and not stage.pane.busy)
        assert "3 open, 1,016 closed, 5 filtered" in stage.text
        assert "1,024 ports in 1.2 s" in stage.text
        assert stage.page.title == "22/tcp is open on nas.lan"
        await stage.press("j", "j", "j")
        assert stage.page.title == "135/tcp is filtered on nas.lan"
        await stage.press("e")
        await stage.press("escape")

    play(first, kept)
    (file,) = (tmp_path / "scans").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    play(second, kept, size=(120, 36))


def test_a_new_scan_is_compared_with_the_last_one_before_the_restart(
    play: Play, kept: Services, tmp_path: Path
) -> None:
    async def first(stage: Stage) -> None:
        await scan(stage, tmp_path / "scans")

    async def second(stage: Stage) -> None:
        await scan(stage, tmp_path / "scans")
        assert "since" in stage.text
        assert "1 gone" in stage.text
        await stage.press("escape", "c")
        assert stage.page.title == "What is different"
        assert "192.0.2.7 80/tcp: closed" in stage.page.text()

    async def third(stage: Stage) -> None:
        """What is opened again is compared with the one before it, too."""
        await stage.press("3", "escape")
        await stage.until(lambda: "Past scans" in stage.page.text())
        await stage.press("o", "enter")
        await stage.until(lambda: "1 gone" in stage.text)

    play(first, kept)
    play(second, replace(kept, session=Gone), size=(120, 36))
    play(third, kept, size=(120, 36))


def test_the_time_of_a_scan_is_that_of_all_its_parts() -> None:
    services, gone_before = Services(), threading.Event()
    plan = services.plan("127.0.0.1", "1-4", Protocol.TCP, gone_before)
    gone_before.set()
    part = services.session(plan, False).run(Watch(Canvas(plan, services.ranges), print), gone_before)
    long = replace(part, started="2026-01-01T12:00:00.000+00:00", elapsed_s=100.0)
    rest = Watch(Canvas(plan, services.ranges), print)
    whole = services.resume(plan, False, (), long).run(rest, threading.Event())
    assert part.cancelled
    assert (whole.done, whole.started) == (4, long.started)
    assert whole.elapsed_s > 100


def test_a_scan_cut_short_by_quitting_is_gone_on_with(play: Play, kept: Services, tmp_path: Path) -> None:
    resumed: list[int] = []

    def resume(plan: Plan, talk: bool, reports: Sequence[HostReport], totals: Totals) -> Running:
        resumed.append(sum(len(report.results) for report in reports))
        return Rest(plan, talk)

    async def first(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(stage.pane.rows.items) == 2)
        await stage.press("q")

    async def second(stage: Stage) -> None:
        await stage.press("3", "escape")
        await stage.until(lambda: "Past scans" in stage.page.text())
        await stage.press("o")
        assert "Space goes on with it" in stage.text
        await stage.press("enter")
        await stage.until(lambda: "Cancelled: 2 of 1,024 ports" in stage.text)
        assert "Space go on" in stage.footer
        await stage.press("space")
        await stage.until(lambda: "1,024 ports in 1.2 s" in stage.text and resumed == [2])
        await stage.until(lambda: [past.ended.totals.done for past in kept.scans.records()] == [1024])
        assert "since" not in stage.text

    play(first, replace(kept, session=Half))
    assert [past.ended.totals.done for past in kept.scans.records()] == [2]
    play(second, replace(kept, resume=resume), size=(120, 36))
    assert len(list((tmp_path / "scans").iterdir())) == 1


def test_the_palette_finds_past_scans(play: Play, kept: Services, tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await scan(stage, tmp_path / "scans")

    async def second(stage: Stage) -> None:
        await stage.press("3", "escape")
        await stage.until(lambda: "Past scans" in stage.page.text())
        await stage.press("1", "ctrl+p")
        await stage.type("top 1000 443/tcp")
        await stage.press("enter")
        assert stage.pane.id == "scan"
        await stage.until(lambda: len(stage.pane.rows.items) == 9 and not stage.pane.busy)
        await stage.press("backspace")
        assert stage.pane.id == "local"

    play(first, kept)
    play(second, kept)


def test_files_that_are_none_cost_a_line_in_the_log(play: Play, kept: Services, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "escape")
        await stage.until(lambda: "left out" in log.read_text())
        await stage.press("o")
        assert "0 past scans" in stage.text
        assert "no past scan is kept" in stage.text
        await stage.press("enter")  # there is none to open
        assert isinstance(stage.app.screen, PastScreen)
        await stage.press("escape")
        assert not isinstance(stage.app.screen, PastScreen)

    log = tmp_path / "log"
    log_to(log)
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans/01.jsonl").write_bytes(b"\x00" * 99)
    play(story, kept)
    assert log.read_text().count("\n") == 1


def test_a_file_that_was_damaged_since_is_told_beside_the_form(
    play: Play, kept: Services, tmp_path: Path
) -> None:
    async def first(stage: Stage) -> None:
        await scan(stage, tmp_path / "scans")
        for file in (tmp_path / "scans").iterdir():
            file.unlink()
        await stage.press("o", "enter")
        await stage.until(lambda: "✗ cannot read" in stage.text)

    play(first, kept)


def test_hostile_texts_in_the_list_are_shown_as_they_are(play: Play, kept: Services, tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await stage.press("3")
        stage.field("#targets").value = "[/x]\x1b[2J[@click=app.quit]nas"
        await stage.press("enter")
        await stage.until(lambda: not stage.pane.busy and files_in(tmp_path / "scans"))

    async def second(stage: Stage) -> None:
        await stage.press("3", "escape")
        await stage.until(lambda: "[@click=app.quit]nas" in stage.page.text())
        assert "[/x]" in stage.text
        await stage.press("o")
        assert "[/x]" in stage.text
        assert "\x1b" not in stage.text
        await stage.press("escape", "ctrl+p")
        await stage.type("nas,")
        assert "[/x]" in stage.text

    play(first, kept)
    play(second, kept, size=(200, 60))


def test_without_history_later_scans_of_a_session_are_compared_and_nothing_is_kept(
    play: Play, prepared: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        for _ in range(3):
            await stage.until(lambda: len(stage.pane.rows.items) == 9 and not stage.pane.busy)
            await stage.press("r")
        await stage.until(lambda: "nothing has changed" in stage.text)
        assert isinstance(stage.pane, scan_memory.ScanMemory)
        assert len(list(stage.pane.finds())) == 9

    monkeypatch.setattr(scan_memory, "MOST_REMEMBERED", 0)
    play(story, prepared, size=(120, 36))


def test_a_scan_that_cannot_be_kept_is_told(play: Play, kept: Services, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "Thisscanisnotkept" in stage.told)

    (tmp_path / "scans").write_text("no folder")
    play(story, kept, size=(120, 36))


def test_protocol_of_the_form_follows(play: Play, kept: Services, tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await stage.press("3", "tab", "tab", "space", "enter")
        await stage.until(lambda: not stage.pane.busy and files_in(tmp_path / "scans"))

    async def second(stage: Stage) -> None:
        await stage.press("3", "escape")
        await stage.until(lambda: "Past scans" in stage.page.text())
        await stage.press("o", "enter")
        await stage.until(lambda: "● UDP" in stage.text)

    def plan(targets: str, ports: str, protocol: Protocol, cancel: threading.Event) -> Plan:
        return kept.plan(targets, ports, Protocol.TCP, cancel)

    play(first, replace(kept, plan=plan))
    play(second, kept)


class Later(PreparedScan):
    """The same ten seconds later."""

    def end(self, listener: Listener, **more: Any) -> Totals:
        return replace(super().end(listener, **more), started="2024-05-01T14:03:10+00:00")


def test_scans_of_the_same_minute_are_told_apart(play: Play, kept: Services, tmp_path: Path) -> None:
    async def one(stage: Stage) -> None:
        await scan(stage, tmp_path / "scans")

    async def listed(stage: Stage) -> None:
        await stage.press("3", "escape")
        await stage.until(lambda: "Past scans" in stage.page.text())
        for _ in range(2):
            assert re.search(r":03:10 +127.*:03:00 +127", stage.text, re.DOTALL)
            await stage.press("o")

    play(one, kept)
    play(one, replace(kept, session=Later))
    play(listed, kept)


def slowly(services: Services) -> tuple[Services, threading.Event]:
    """The same services, of which past scans are not read before the event."""
    go = threading.Event()

    def whole_scan(past: PastScan) -> FinishedScan:
        assert go.wait(30)
        return services.whole_scan(past)

    return replace(services, whole_scan=whole_scan), go


def test_space_is_not_lost_while_a_scan_is_opened(play: Play, kept: Services, tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(stage.pane.rows.items) == 2)
        await stage.press("escape")
        await stage.until(lambda: files_in(tmp_path / "scans"))

    async def second(stage: Stage) -> None:
        await stage.press("3", "escape")
        await stage.until(lambda: "Past scans" in stage.page.text())
        await stage.press("o", "enter")
        assert "opening ..." in stage.text
        assert "Space go on" in stage.footer
        assert "Esc" not in stage.footer
        await stage.press("space")
        go.set()
        await stage.until(lambda: "1,024 ports in 1.2 s" in stage.text)

    play(first, replace(kept, session=Half))
    slow, go = slowly(replace(kept, resume=lambda plan, talk, reports, totals: Rest(plan, talk)))
    play(second, slow)


def test_a_complete_scan_that_is_opened_offers_no_going_on(
    play: Play, kept: Services, tmp_path: Path
) -> None:
    async def story(stage: Stage) -> None:
        await scan(stage, tmp_path / "scans")
        await stage.until(lambda: len(list(stage.pane.finds())) == 10)
        await stage.press("o", "enter", "space")
        assert "opening ..." in stage.text
        assert "Space" not in stage.footer
        go.set()
        await stage.until(lambda: len(stage.pane.rows.items) == 9)

    slow, go = slowly(kept)
    play(story, slow)


def test_who_goes_on_with_a_scan_stays_at_his_row(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(stage.pane.rows.items) == 2)
        await stage.press("j", "escape")
        await stage.until(lambda: "Space go on" in stage.footer)
        await stage.press("space")
        await stage.until(lambda: "1,024 ports in 1.2 s" in stage.text)
        assert stage.selected.ports.first == 23

    play(story, replace(prepared, session=Half, resume=lambda plan, talk, reports, totals: Rest(plan, talk)))


def test_a_disk_that_takes_no_scan_is_told(play: Play, prepared: Services, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: not stage.pane.busy)
        await stage.until(lambda: "This scan is not kept for the next start: File exists" in stage.text)

    play(story, replace(prepared, scans=scans_in(tmp_path / "file")))
