"""What is made when: the first pane for the first picture, the others behind it or when they are wanted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual._compositor import Compositor
from textual.widget import Widget

from portview.tui.app import PortviewApp
from portview.tui.keys import PANES
from portview.tui.panes.pane import Pane
from portview.tui.panes.roster import TITLES, pane_class
from portview.tui.panes.scan import ScanPane
from portview.tui.services import Services
from portview.tui.subject import Subject
from portview.tui.views import Views

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]


@pytest.fixture
def unready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made before it is wanted."""
    monkeypatch.setattr(PortviewApp, "_make_ready", lambda _: None)


def _made(stage: Stage) -> set[str | None]:
    return {pane.id for pane in stage.app.query(Pane)}


def test_every_pane_has_a_title_keys_and_a_class_of_its_own() -> None:
    assert TITLES.keys() == PANES.keys()
    classes = {pane_class(name) for name in TITLES}
    assert len(classes) == len(TITLES)
    assert all(issubclass(one, Pane) for one in classes)


def test_the_other_panes_are_made_behind_the_first_picture(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.until(lambda: _made(stage) == TITLES.keys())
        assert stage.pane.id == "local"

    play(story)


def test_the_welcome_is_shown_once_however_soon_one_leaves(
    play: Play, prepared: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = threading.Event()

    def late(name: str) -> type[Pane[Any]]:
        assert left.wait(30)
        return pane_class(name)

    async def story(stage: Stage) -> None:
        assert stage.app.query("Note")
        await stage.press("q")
        left.set()

    monkeypatch.setattr("portview.tui.app.pane_class", late)
    play(story, replace(prepared, views=Views(tmp_path / "views.json")), wait=False)
    assert not Views(tmp_path / "views.json").first_time


@pytest.mark.usefixtures("unready")
@pytest.mark.parametrize("name", list(TITLES))
def test_a_pane_is_made_when_it_is_wanted(play: Play, name: str) -> None:
    async def story(stage: Stage) -> None:
        assert _made(stage) == {"local"}
        await stage.press(TITLES[name][0])
        assert stage.pane.id == name
        assert _made(stage) == {"local", name}
        await stage.press("escape", "1", TITLES[name][0])
        assert _made(stage) == {"local", name}

    play(story)


@pytest.mark.usefixtures("unready")
def test_a_pane_is_made_for_what_it_is_handed(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.app.go("reference", Subject(entry="refused"))
        assert stage.pane.id == "reference"
        assert stage.selected.id == "refused"
        await stage.press("backspace")
        assert stage.pane.id == "local"

    play(story)


@pytest.mark.usefixtures("unready")
def test_the_palette_finds_what_is_in_panes_that_nobody_opened(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("ctrl+p")
        assert _made(stage) == TITLES.keys()
        await stage.type("watch it")
        assert "Watch it: knock every few seconds" in stage.text

    play(story)


@pytest.mark.usefixtures("unready")
def test_a_pane_that_is_wanted_twice_at_once_is_made_once(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await asyncio.gather(*(stage.app.action_pane("scan") for _ in range(3)))
        assert [pane.id for pane in stage.app.query(Pane)] == ["local", "scan"]

    play(story)


@pytest.mark.usefixtures("unready")
def test_ending_while_a_pane_is_half_made_is_no_crash(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    form = ScanPane.form

    def ended(pane: ScanPane) -> Iterable[Widget]:
        pane.app.exit(return_code=143)
        begun.set()
        return form(pane)

    monkeypatch.setattr(ScanPane, "form", ended)

    apps: list[PortviewApp] = []
    begun = asyncio.Event()

    async def story(stage: Stage) -> None:
        apps.append(stage.app)
        stage.app.call_later(stage.app.go, "scan", Subject())
        await begun.wait()  # a pilot would wait for an answer from the half-made pane

    play(story)
    assert apps[0].return_code == 143


@pytest.mark.usefixtures("unready")
def test_a_pane_that_is_made_out_of_sight_draws_nothing_of_those_in_sight(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: set[Widget] = set()
    update = Compositor.update_widgets

    def noted(compositor: Compositor, widgets: set[Widget]) -> None:
        drawn.update(widgets)
        update(compositor, widgets)

    async def story(stage: Stage) -> None:
        monkeypatch.setattr(Compositor, "update_widgets", noted)
        await stage.app._opened("scan")
        await stage.pilot.pause()
        assert not drawn & {*stage.pane.ancestors_with_self, *stage.pane.walk_children(Widget)}

    play(story)
