"""The screen does not grow: what it holds after some rounds of use is what it holds after some more.

tests/bench/churn.py does the same for half an hour, from outside.
"""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portview.knowledge.page import Page
from portview.knowledge.provider_blocks import blocks_for
from portview.knowledge.services import claimants_of, service_name
from portview.tui import shelves as shelves_module
from portview.tui.panes import probe, scan_memory
from portview.tui.services import Services
from portview.tui.shelves import knocks_in, scans_in
from portview.vocabulary import Protocol

if TYPE_CHECKING:
    from tests.tui.stage import Stage

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="handles are counted in /proc")
Play = Callable[..., None]
WARM, ROUNDS = 2, 3
"""Rounds until every history has come to its bound, and rounds that are watched."""
MOST = 12
"""Objects of a kind that may be there in between: a reading that has just come is of twelve sockets."""

GARBAGE = """
import sys
from collections import deque
from portview.__main__ import main
from portview.tui.app import PortviewApp

class Circle:  # only a search finds that nobody needs it, as with Textual's lines and dialogs
    alive = 0

    def __init__(self):
        self.me = self
        Circle.alive += 1

    def __del__(self):
        Circle.alive -= 1

def draw(app, **_):
    shown, most = deque(maxlen=60_000), 0  # each outlives a search among the new ones
    for _ in range(1_000_000):
        shown.append(Circle())
        most = max(most, Circle.alive)
    print(most)

PortviewApp.run = draw
sys.argv = ["portview"]
sys.stdin.isatty = sys.stdout.isatty = lambda: True
sys.exit(main())
"""


def held() -> Counter[str]:
    """What the program has now: objects of its own and of the screen by type, open files, threads."""
    gc.collect()
    types = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
    found = Counter({name: count for name, count in types.items() if name.startswith("portview")})
    found["widgets"] = types["textual._styles_cache.StylesCache"]
    found["files"] = len(os.listdir("/proc/self/fd"))
    found["threads"] = threading.active_count()
    return found


async def use(stage: Stage) -> None:
    """Once through all panes and pages; ends where it began."""
    await stage.press("1", "j", "2")
    stage.field("#host").value = "nas.lan:445"
    await stage.press("escape", "slash", "enter")
    await stage.until(lambda: stage.selected and stage.selected.ended)
    await stage.press("3", "escape", "r")
    await stage.until(lambda: not stage.pane.busy and len(stage.pane.rows.items) == 9)
    await stage.press("o", "escape", "4", "escape", "n", "question_mark", "escape", "ctrl+p", "escape", "1")
    stage.app._tick()


def grown(before: Counter[str], now: Counter[str]) -> dict[str, int]:
    """What there is clearly more of."""
    return {name: number for name, number in (now - before).items() if number > MOST}


@pytest.fixture
def soon_full(prepared: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Histories that come to their bounds within the first rounds."""
    monkeypatch.setattr(probe, "MOST_KNOCKS", 2)
    monkeypatch.setattr(scan_memory, "MOST_REMEMBERED", 0)
    monkeypatch.setattr(shelves_module, "MOST_KNOCKS_KEPT", 2)
    monkeypatch.setattr(shelves_module, "MOST_SCANS_KEPT", 2)
    return replace(prepared, knocks=knocks_in(tmp_path / "knocks"), scans=scans_in(tmp_path / "scans"))


def test_nothing_grows(play: Play, soon_full: Services) -> None:
    async def story(stage: Stage) -> None:
        for _ in range(WARM):
            await use(stage)
        before = held()
        for _ in range(ROUNDS):
            await use(stage)
        assert grown(before, held()) == {}

    play(story, soon_full, size=(100, 30))


def test_what_grows_is_seen() -> None:
    before = held()
    with ExitStack() as files:
        pages = [Page(str(number), ()) for number in range(MOST + 1)]
        for _ in pages:
            files.enter_context(socket.socket())
        assert grown(before, held()) == {"portview.knowledge.page.Page": MOST + 1, "files": MOST + 1}


def test_what_was_shown_for_a_while_and_is_not_any_more_does_not_pile_up() -> None:
    environment = {**os.environ, "TERM": "xterm"}
    done = subprocess.run([sys.executable, "-c", GARBAGE], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 400_000


@pytest.mark.parametrize("answer", [claimants_of, service_name, blocks_for])
def test_not_every_port_that_came_and_went_is_remembered(answer: Callable[[int, Protocol], object]) -> None:
    answer(1, Protocol.UDP)  # reads the tables, which stay
    tracemalloc.start()
    try:
        for port in range(1, 65536):
            answer(port, Protocol.UDP)
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held_bytes < 3_000_000
