"""Every action of the registry has a tale; and keys can be others."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from portview.tui import keys
from portview.tui.app import PortviewApp
from portview.tui.places import state_folder
from portview.tui.services import Services
from portview.tui.settings import Settings
from tests.tui.actions import TALES

if TYPE_CHECKING:
    from tests.tui.stage import Stage


def test_every_action_has_its_tale() -> None:
    for told in ("everywhere", "of_panes"):
        importlib.import_module(f"tests.tui.test_actions_{told}")
    assert set(TALES) == {key.name for _, group in keys.GROUPS for key in group}


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
