"""Every pane as text in three sizes; PORTVIEW_UPDATE_SNAPSHOTS=1 stores them anew.

Without colours, and with the terminal's own 16, the text must be the same: no meaning is in a colour alone.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path as File
from typing import TYPE_CHECKING

import pytest
from rich.color import Color, ColorType
from rich.style import Style
from textual.widget import Widget

from portview.probe.path_records import Hop, Path, Trace
from portview.probe.records import Attempt, Observation, Resolution, Target
from portview.probe.waiting import CancelledError
from portview.tui.app import PortviewApp
from portview.tui.services import Explained, Knocked, Services
from portview.tui.settings import Settings
from portview.tui.views import Views
from portview.vocabulary import Family, Outcome

if TYPE_CHECKING:
    from tests.tui.stage import Stage

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


async def probe_lost(stage: Stage) -> None:
    """A knock whose packets end on the way."""
    await stage.press("2")
    await stage.type("vps.example:8443")
    await stage.press("enter")
    await stage.until(lambda: stage.selected.ended)


async def probe_watch(stage: Stage) -> None:
    await probe_lost(stage)
    await stage.press("w")
    await stage.until(lambda: stage.selected.watch.knocks >= 12)
    await stage.press("w")


async def palette(stage: Stage) -> None:
    await stage.press("ctrl+p")
    await stage.type("probe")


async def note(stage: Stage) -> None:
    await stage.press("j")


async def scan_empty(stage: Stage) -> None:
    await stage.press("3")


async def scan(stage: Stage) -> None:
    await stage.press("3", "enter")
    await stage.until(lambda: len(stage.pane.rows.items) == 9)


async def scan_export(stage: Stage) -> None:
    await scan(stage)
    await stage.press("e")


async def reference(stage: Stage) -> None:
    await stage.press("4")
    await stage.until(lambda: "open here" in stage.text)


async def reference_related(stage: Stage) -> None:
    await reference(stage)
    await stage.type("re")
    await stage.press("enter", "n", "j")


async def reference_nothing(stage: Stage) -> None:
    await reference(stage)
    await stage.type("flux")


async def keys(stage: Stage) -> None:
    await stage.press("question_mark")


SCENES = (
    *(local, local_filtered, local_all, note),
    *(probe_empty, probe, probe_lost, probe_watch),
    *(scan_empty, scan, scan_export, reference, reference_related, reference_nothing, keys, palette),
)
Scene = Callable[["Stage"], Awaitable[None]]
KINDS = {
    "none": {ColorType.DEFAULT},
    "ansi": {ColorType.DEFAULT, ColorType.STANDARD},
    "light": {ColorType.DEFAULT, ColorType.TRUECOLOR},
}
"""The colours that a terminal may be asked for."""


@pytest.fixture
def services(prepared: Services, tmp_path: File, request: pytest.FixtureRequest) -> Services:
    """Knocks at 8443 are lost on the way; a watch sees one latency after the other, and a failure."""
    ms = iter((20.0, 21.0, 22.0, 40.0, None, None, 24.0, 60.0, 21.0, 20.0, 22.0, 20.0))

    def attempt(outcome: Outcome, elapsed_ms: float) -> Attempt:
        return Attempt("203.0.113.80", Family.IPV4, 8443, outcome, elapsed_ms)

    def seen(target: Target, one: Attempt, path: Path | None = None) -> Observation:
        return Observation(target, Resolution(target.host, (one.address,)), (one,), path=path)

    def knock(target: Target, **more: object) -> Knocked:
        if target.port != 8443:
            return prepared.knock(target, **more)  # type: ignore[arg-type]  # what was given to this one
        snapshot = prepared.snapshot(False)
        hops = (Hop(1, "192.168.1.1", 0.4), Hop(2, "100.64.0.1", 4.2), Hop(4, "198.51.100.9", 11.0))
        lost = seen(target, attempt(Outcome.TIMED_OUT, 5000.0), Path("203.0.113.80", Trace(8443, hops)))
        page = prepared.explain_socket(snapshot.sockets[0], prepared.survey(snapshot))
        return Knocked(lost, Explained(page, "fw_drop_host"))

    def glance(target: Target, timeout_s: float, cancel: threading.Event) -> Observation:
        latency = next(ms, 0.0)
        if latency == 0.0:
            assert cancel.wait(30)
            raise CancelledError
        if latency is None:
            return seen(target, attempt(Outcome.TIMED_OUT, 5000.0))
        return seen(target, attempt(Outcome.CONNECTED, latency))

    first_time = "note" in request.node.name
    return replace(
        prepared,
        knock=knock,
        glance=glance,
        settings=Settings(watch_s=0.01),
        views=Views(tmp_path / "views.json" if first_time else None),
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_picture(
    play: Play, compare: Compare, services: Services, scene: Scene, size: tuple[int, int]
) -> None:
    async def story(stage: Stage) -> None:
        await scene(stage)
        await stage.pilot.pause()
        compare(stage.app, f"{scene.__name__}-{size[0]}x{size[1]}")
        assert not unreadable_of(stage.app)

    play(story, services, size=size)


def drawn_by(app: PortviewApp) -> Iterator[tuple[str, Style]]:
    """Every piece of text that is drawn, with its style."""
    for widget in app.screen.walk_children(Widget):
        if widget.is_on_screen:
            for strip in widget.render_lines(widget.outer_size.region):
                yield from ((text, style) for text, style, _ in strip if style is not None)


def colours_of(app: PortviewApp) -> set[Color]:
    """Every colour that is drawn, of text and behind it."""
    styles = (style for _, style in drawn_by(app))
    return {colour for style in styles for colour in (style.color, style.bgcolor) if colour is not None}


def unreadable_of(app: PortviewApp) -> dict[str, float]:
    """Words whose contrast with what they stand on is below 4.5 (WCAG 2, 1.4.3), and how much it is."""
    found = {}
    for text, style in drawn_by(app):
        if style.color and style.bgcolor and any(character.isalnum() for character in text):
            darker, lighter = sorted((luminance(style.color), luminance(style.bgcolor)))
            ratio = (lighter + 0.05) / (darker + 0.05)
            if ratio < 4.5:
                found[text] = round(ratio, 2)
    return found


def luminance(colour: Color) -> float:
    """The relative luminance of WCAG 2, from 0 for black to 1 for white."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour.get_truecolor())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", ["ansi", "none", "light"])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_other_colours_show_the_same_text(
    play: Play,
    compare: Compare,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    scene: Scene,
    colours: str,
) -> None:
    async def story(stage: Stage) -> None:
        await scene(stage)
        await stage.pilot.pause()
        compare(stage.app, f"{scene.__name__}-80x24")
        kinds = {colour.type for colour in colours_of(stage.app)}
        assert kinds <= KINDS[colours]
        assert colours == "none" or kinds - {ColorType.DEFAULT}
        assert colours != "light" or not unreadable_of(stage.app)

    if colours == "none":
        monkeypatch.setenv("NO_COLOR", "1")
    play(story, services, theme="portview-light" if colours == "light" else "portview-ansi")
