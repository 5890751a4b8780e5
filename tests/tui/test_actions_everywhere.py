"""What is the same in every pane, done by its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from portview.probe.records import Target
from portview.tui.palette import Palette
from portview.tui.places import settings_file, state_folder
from portview.tui.screens import KeysScreen
from tests.tui.actions import Tale, knocked_at, shows, tales_of

if TYPE_CHECKING:
    from tests.tui.stage import Stage


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


@shows("word-left", "word-right", "delete-left-word")
async def words(stage: Stage) -> None:
    await stage.press("2", *"one.two", "ctrl+left", "x", "ctrl+right", "y", "alt+b", "z", "alt+f", "q")
    assert stage.field("#host").value == "one.zxtwoyq"
    await stage.press("ctrl+w", *"three", "alt+backspace")
    assert stage.field("#host").value == "one."


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


@shows("copy")
async def copy(stage: Stage) -> None:
    await stage.press("y")
    file = state_folder() / "copied.txt"
    assert file.read_text(encoding="utf-8") == stage.page.text() == stage.app.clipboard
    assert file.stat().st_mode & 0o777 == 0o600
    await stage.until(lambda: "copied.txt" in stage.told)


@pytest.mark.parametrize("tale", tales_of(__name__), ids=lambda tale: tale.__name__)
def test_action(tell: Callable[[Tale], None], tale: Tale) -> None:
    tell(tale)
