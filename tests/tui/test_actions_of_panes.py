"""What one pane or another can do, done by its key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portview.probe.records import Target
from portview.tui.past_screen import PastScreen
from portview.tui.stop_screen import StopScreen
from tests.tui.actions import Tale, knocked_at, scanned, shows, tales_of

if TYPE_CHECKING:
    from tests.tui.stage import Stage


@shows("scan")
async def scan_the_host(stage: Stage) -> None:
    await knocked_at(stage, "nas.lan:22")
    await stage.press("n")
    assert stage.pane.id == "scan"


@shows("probe")
async def probe_a_socket(stage: Stage) -> None:
    stage.pane.rows.select(next(s.key for s in stage.pane.rows.items if s.socket.port == 6379))
    await stage.press("p")
    assert stage.pane.id == "probe"
    await stage.until(lambda: stage.selected and stage.selected.ended)
    assert stage.selected.target == Target("127.0.0.1", 6379)
    await stage.press("backspace")
    assert stage.selected.socket.port == 6379


@shows("sort", "reverse")
async def sort(stage: Stage) -> None:
    await stage.press("s")
    assert "PROTO↑" in stage.text
    await stage.press("S")
    assert "PROTO↓" in stage.text


@shows("everything")
async def everything(stage: Stage) -> None:
    before = len(stage.pane.rows.items)
    await stage.press("a")
    await stage.until(lambda: len(stage.pane.rows.items) > before)


@shows("refresh", "pause")
async def pause(stage: Stage) -> None:
    await stage.press("space")
    assert "paused" in stage.text
    await stage.press("r", "space")
    assert "paused" not in stage.text


@shows("copy-row", "copy-command", "copy-pid")
async def copy_a_part(stage: Stage) -> None:
    copied = {}
    for key in ("Y", "c", "P"):
        await stage.press(key)
        copied[key] = stage.app.clipboard
    row = "tcp 0.0.0.0:22  LISTEN  root  sshd  812  ssh"
    assert copied == {"Y": row, "c": "/usr/sbin/sshd -D", "P": "812"}


@shows("report")
async def report(stage: Stage) -> None:
    await stage.press("e")
    [file] = Path.cwd().glob("portview-22-tcp-*.txt")
    assert "sshd" in file.read_text(encoding="utf-8")
    await stage.until(lambda: f"Writtento{file.absolute()}" in stage.told)


@shows("stop")
async def stop(stage: Stage) -> None:
    await stage.press("x")
    assert isinstance(stage.app.screen, StopScreen)
    await stage.press("escape")
    assert not isinstance(stage.app.screen, StopScreen)


@shows("handbook")
async def handbook(stage: Stage) -> None:
    await knocked_at(stage, "nas.lan:445")
    await stage.press("h")
    assert stage.pane.id == "reference"
    assert stage.selected.id == "no_listener"
    assert stage.page.title == "Nothing listens on that port"
    await stage.press("backspace")
    assert stage.pane.id == "probe"
    assert stage.selected.target.port == 445


@shows("filter", "talk", "compare")
async def scan_twice(stage: Stage) -> None:
    await scanned(stage)
    await stage.press("f")
    assert [row.ports.label for row in stage.pane.rows.items] == ["22", "80", "443"]
    assert "compare" not in stage.footer
    await stage.press("t", "r")
    await stage.until(lambda: "SSH-2.0" in stage.text and "compare" in stage.footer)
    await stage.press("c")
    assert stage.page.title == "What is different"


@shows("past")
async def open_a_past_scan(stage: Stage) -> None:
    await scanned(stage)
    await stage.press("slash")
    stage.field("#targets").value = "other.lan"
    await stage.press("enter")
    await stage.until(lambda: len(stage.pane.rows.items) == 9 and not stage.pane.busy)
    await stage.until(lambda: len(list(stage.pane.finds())) == 11)
    await stage.press("o")
    assert isinstance(stage.app.screen, PastScreen)
    assert "2 past scans" in stage.text
    await stage.press("j", "enter")
    await stage.until(lambda: len(stage.pane.rows.items) == 9 and not stage.pane.busy)
    assert stage.field("#targets").value == "127.0.0.1"


@shows("skip")
async def skip(stage: Stage) -> None:
    """While it runs, test_scan_pane.py leaves a host; once it is over there is none to leave."""
    await scanned(stage)
    await stage.press("x")
    assert "skip host" not in stage.footer


@shows("export")
async def export(stage: Stage) -> None:
    await scanned(stage)
    await stage.press("e", "enter")
    await stage.until(lambda: f"Writtento{Path.cwd()}/scan.json" in stage.told)
    assert [file.name for file in Path.cwd().iterdir()] == ["scan.json"]


@shows("neighbours")
async def related(stage: Stage) -> None:
    await stage.press("4", "escape", "j", "n")
    assert "Related to No answer at all" in stage.text
    await stage.press("escape")
    assert "6 entries" in stage.text


@shows("watch")
async def watch(stage: Stage) -> None:
    await knocked_at(stage, "nas.lan:443")
    await stage.press("w")
    await stage.until(lambda: "3 knocks since" in stage.page.text())
    assert "Latency" in stage.text
    assert "watch: connected" in stage.text
    assert "w end watch" in stage.footer
    await stage.press("w")
    assert "The watch has ended" in stage.page.text()
    assert "Esc cancel" not in stage.footer
    assert "w watch" in stage.footer
    knocks = stage.selected.watch.knocks
    await stage.pilot.pause(0.2)
    assert stage.selected.watch.knocks == knocks


@shows("cancel")
async def cancel(stage: Stage) -> None:
    await stage.press("2")
    await stage.type("endless.lan:9")
    await stage.press("enter")
    await stage.until(lambda: "Esc cancel" in stage.footer)
    await stage.press("escape")
    await stage.until(lambda: stage.selected.ended == "cancelled")


@pytest.mark.parametrize("tale", tales_of(__name__), ids=lambda tale: tale.__name__)
def test_action(tell: Callable[[Tale], None], tale: Tale) -> None:
    tell(tale)
