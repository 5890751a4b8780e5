"""Every pane as text at 80x24 and 120x40; PORTVIEW_UPDATE_SNAPSHOTS=1 stores them anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from portview.tui.app import PortviewApp

if TYPE_CHECKING:
    from tests.tui.conftest import Stage

Play = Callable[..., None]
Compare = Callable[[PortviewApp, str], None]


async def local(stage: Stage) -> None:
    await stage.press("j", "j", "j", "j")


async def local_filtered(stage: Stage) -> None:
    await stage.press("slash")
    await stage.type("nginx")


async def local_all(stage: Stage) -> None:
    await stage.press("a")
    await stage.until(lambda: len(stage.pane.rows.items) == 13)
    await stage.press("j", "j")


async def probe_empty(stage: Stage) -> None:
    await stage.press("2")


async def probe(stage: Stage) -> None:
    await stage.press("2")
    await stage.type("nas.lan:22")
    await stage.press("enter")
    await stage.until(lambda: stage.selected.ended)
    await stage.press("slash")
    await stage.type("nas.lan:445")
    await stage.press("enter")
    await stage.until(lambda: stage.selected.ended == "refused")


async def scan_empty(stage: Stage) -> None:
    await stage.press("3")


async def scan(stage: Stage) -> None:
    await stage.press("3", "enter")
    await stage.until(lambda: len(stage.pane.rows.items) == 9)


async def reference(stage: Stage) -> None:
    await stage.press("4")
    await stage.until(lambda: "open here" in stage.text)


async def reference_related(stage: Stage) -> None:
    await reference(stage)
    await stage.type("re")
    await stage.press("enter", "n", "j")


async def keys(stage: Stage) -> None:
    await stage.press("question_mark")


SCENES = (
    *(local, local_filtered, local_all, probe_empty, probe, scan_empty, scan),
    *(reference, reference_related, keys),
)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_picture(
    play: Play, compare: Compare, scene: Callable[[Stage], Awaitable[None]], size: tuple[int, int]
) -> None:
    async def story(stage: Stage) -> None:
        await scene(stage)
        await stage.pilot.pause()
        compare(stage.app, f"{scene.__name__}-{size[0]}x{size[1]}")

    play(story, size=size)
