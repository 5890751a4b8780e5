"""Every action of the registry, done by its key; a contract says that none is left out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portview.probe.records import Attempt, Observation, Resolution, Target
from portview.probe.waiting import CancelledError
from portview.tui import keys
from portview.tui.app import PortviewApp
from portview.tui.palette import Palette
from portview.tui.past_screen import PastScreen
from portview.tui.places import settings_file, state_folder
from portview.tui.screens import KeysScreen
from portview.tui.services import Knocked, Services
from portview.tui.settings import Settings
from portview.tui.shelves import scans_in
from portview.tui.stop_screen import StopScreen
from portview.vocabulary import Family, Outcome

if TYPE_CHECKING:
    from tests.tui.conftest import Stage

Story = Callable[["Stage"], Awaitable[None]]
STORIES: dict[str, Story] = {}


def shows(*names: str) -> Callable[[Story], Story]:
    """This story does the actions of these names."""

    def add(story: Story) -> Story:
        for name in names:
            assert name not in STORIES
            STORIES[name] = story
        return story

    return add


async def knocked_at(stage: Stage, *targets: str) -> None:
    await stage.press("2")
    for target in targets:
        if not stage.field("#host").has_focus:
            await stage.press("slash")
        await stage.type(target)
        await stage.press("enter")
        await stage.until(lambda: stage.selected and stage.selected.ended)


def numbers(stage: Stage) -> list[int]:
    return [item.socket.port for item in stage.pane.rows.items]


@shows("local", "probe-pane", "scan-pane", "reference")
async def panes(stage: Stage) -> None:
    for key, name in (("2", "probe"), ("3", "scan"), ("4", "reference"), ("1", "local")):
        await stage.press(key)
        assert stage.pane.id == name
        await stage.press("escape")


@shows("about", "return")
async def there_and_back(stage: Stage) -> None:
    await knocked_at(stage, "nas.lan:22", "nas.lan:445")
    await stage.press("j")
    assert "Bksp" not in stage.footer
    await stage.press("i")
    assert stage.pane.id == "reference"
    await stage.press("escape")
    assert "Bksp return" in stage.footer
    await stage.press("backspace")
    assert stage.pane.id == "probe"
    assert stage.selected.target.port == 22
    assert "Bksp" not in stage.footer


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


@shows("keys")
async def all_keys(stage: Stage) -> None:
    await stage.press("question_mark")
    assert isinstance(stage.app.screen, KeysScreen)


@shows("close")
async def close_a_page(stage: Stage) -> None:
    for key in ("question_mark", "ctrl+p"):
        await stage.press(key)
        assert len(stage.app.screen_stack) == 2
        await stage.press("escape")
        assert len(stage.app.screen_stack) == 1


@shows("palette")
async def palette(stage: Stage) -> None:
    await stage.press("ctrl+p")
    assert isinstance(stage.app.screen, Palette)
    await stage.type("nginx 443")
    await stage.press("enter")
    assert stage.selected.socket.port == 443


@shows("next-find", "previous-find")
async def move_in_the_palette(stage: Stage) -> None:
    await stage.press("ctrl+p")
    await stage.type("nginx")
    await stage.press("down", "up", "down", "enter")
    assert stage.selected.socket.port == 443


@shows("quit")
async def end(stage: Stage) -> None:
    await stage.press("q")
    assert stage.app.return_code == 0


@shows("interrupt")
async def interrupt(stage: Stage) -> None:
    await stage.press("2", "ctrl+c")
    assert stage.app.return_code == 130


@shows("focus-next", "focus-previous")
async def fields(stage: Stage) -> None:
    await stage.press("2", "tab")
    assert stage.field("#port").has_focus
    await stage.press("shift+tab")
    assert stage.field("#host").has_focus


@shows("settings")
async def write_settings(stage: Stage) -> None:
    await stage.press("comma")
    assert "# theme" in settings_file().read_text(encoding="utf-8")
    await stage.until(lambda: "Written:" in stage.text)
    await stage.press("comma")
    await stage.until(lambda: "Settings:" in stage.text)


@shows("redraw")
async def redraw(stage: Stage) -> None:
    await stage.press("ctrl+l")
    assert "listening" in stage.text


@shows("suspend-process")
async def suspend(stage: Stage) -> None:
    """Without a terminal nothing can be suspended; with one, test_terminal.py does it."""
    await stage.press("ctrl+z")
    assert stage.app.is_running


@shows("submit", "type", "back", "undo")
async def filters(stage: Stage) -> None:
    everything = numbers(stage)
    await stage.press("slash")
    await stage.type("nginx")
    await stage.press("enter")
    assert numbers(stage) == [80, 443]
    await stage.press("slash")
    await stage.type("redis")
    await stage.press("enter")
    assert numbers(stage) == [6379]
    await stage.press("escape")
    assert numbers(stage) == everything
    for expected in ([6379], [80, 443], everything):
        await stage.press("u")
        assert numbers(stage) == expected
    assert "undo" not in stage.footer


@shows("complete")
async def complete(stage: Stage) -> None:
    await stage.press("2")
    await stage.until(lambda: stage.pane.rows is not None)
    await stage.pilot.pause(0.1)
    await stage.type("na")
    assert "→ complete" in stage.footer
    await stage.press("right", "tab")
    assert stage.field("#host").value == "nas.lan"
    await stage.type("htt")
    await stage.press("right", "enter")
    await stage.until(lambda: stage.selected and stage.selected.ended)
    assert stage.selected.target == Target("nas.lan", 80)


@shows("other")
async def udp(stage: Stage) -> None:
    await stage.press("2", "tab", "tab", "space")
    assert "● UDP" in stage.text
    await stage.press("left")
    assert "● TCP" in stage.text


@shows("down", "up", "top", "bottom", "half-down", "half-up", "page-down", "page-up")
async def move(stage: Stage) -> None:
    def place() -> int:
        return list(stage.pane.rows.items).index(stage.selected)

    last = len(stage.pane.rows.items) - 1
    half = min(max((stage.pane.rows.size.height - 1) // 2, 1), last)
    for key, there in (
        ("j", 1), ("k", 0), ("down", 1), ("up", 0), ("G", last), ("g", 0), ("end", last), ("home", 0),
        ("ctrl+d", half), ("ctrl+u", 0), ("pagedown", min(half * 2, last)), ("pageup", 0),
        ("ctrl+f", min(half * 2, last)), ("ctrl+b", 0),
    ):  # fmt: skip
        await stage.press(key)
        assert place() == there, key


@shows("details")
async def details(stage: Stage) -> None:
    await stage.press("enter")
    assert stage.pane.panel.has_focus
    for key in ("G", "k", "j", "g", "ctrl+d", "ctrl+u", "pagedown", "pageup"):
        await stage.press(key)
    assert stage.pane.panel.scroll_offset.y == 0


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


@shows("copy")
async def copy(stage: Stage) -> None:
    await stage.press("y")
    file = state_folder() / "copied.txt"
    assert file.read_text(encoding="utf-8") == stage.page.text() == stage.app.clipboard
    assert file.stat().st_mode & 0o777 == 0o600
    await stage.until(lambda: "copied.txt" in stage.told)


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


async def scanned(stage: Stage) -> None:
    await stage.press("3", "enter")
    await stage.until(lambda: len(stage.pane.rows.items) == 9 and not stage.pane.busy)


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
    assert "related to No answer at all" in stage.text
    await stage.press("escape")
    assert "6 entries" in stage.text


@shows("watch")
async def watch(stage: Stage) -> None:
    await knocked_at(stage, "nas.lan:443")
    await stage.press("w")
    await stage.until(lambda: "3 knocks since" in stage.page.text())
    assert "Latency" in stage.text
    assert "watch: connected" in stage.text
    await stage.press("w")
    assert "The watch has ended" in stage.page.text()
    assert "Esc cancel" not in stage.footer
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


def glance(target: Target, timeout_s: float, cancel: threading.Event) -> Observation:
    one = Attempt("192.0.2.7", Family.IPV4, target.port, Outcome.CONNECTED, 0.4)
    return Observation(target, Resolution(target.host, ("192.0.2.7",)), (one,))


@pytest.mark.parametrize("tale", dict.fromkeys(STORIES.values()), ids=lambda tale: tale.__name__)
def test_action(
    play: Callable[..., None],
    prepared: Services,
    tale: Story,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    def knock(target: Target, *, cancel: threading.Event, **more: Any) -> Knocked:
        if target.host == "endless.lan":
            assert cancel.wait(30)
            raise CancelledError
        return prepared.knock(target, cancel=cancel, **more)

    services = replace(
        prepared,
        knock=knock,
        glance=glance,
        settings=Settings(watch_s=0.05, keys={}),
        scans=scans_in(tmp_path_factory.mktemp("scans")),
    )
    play(tale, services, size=(120, 40))


def test_every_action_has_its_story() -> None:
    assert set(STORIES) == {key.name for _, group in keys.GROUPS for key in group}


def test_keys_that_the_user_chose_hold_everywhere(play: Callable[..., None], prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        assert "o sort" in stage.footer
        await stage.press("o")
        assert "PROTO↑" in stage.text
        await stage.press("n", "enter", "escape", "question_mark")
        assert "o          Sort by" in stage.text

    settings = Settings(keys={"sort": "o", "keys": "question_mark,f1", "scan": "N", "down": "n,down"})
    play(story, replace(prepared, settings=settings), size=(160, 80))


def test_an_app_that_is_built_with_nothing_touches_no_files() -> None:
    app = PortviewApp()
    assert asyncio.run(_once(app)) == 0


async def _once(app: PortviewApp) -> int | None:
    async with app.run_test() as pilot:
        await pilot.press("q")
    assert not state_folder().exists()
    return app.return_code
