"""A screen that runs as fast as it can, shows prepared data, and touches nothing of the user's."""

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from portview.sockets.records import LocalSocket
from portview.tui.app import PortviewApp
from portview.tui.services import Services
from tests.tui.actions import Tale, services_of_tales
from tests.tui.prepared import PreparedScan, make_socket, prepared_services
from tests.tui.stage import Stage, Story, screen_text

SNAPSHOTS = Path(__file__).with_name("snapshots")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes what belongs to the user who runs it."""
    for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))


_STEP_S = 0.005


async def _wait_for_idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until this process rests: what a pilot does after each key, in steps of 5 ms instead of 20.

    A step that took far longer than it should have tells of a busy machine and not of a rest.
    """
    end_s = time.monotonic() + max_sleep
    while (start_s := time.monotonic()) < end_s:
        worked_s = time.process_time()
        await asyncio.sleep(_STEP_S)
        if time.process_time() - worked_s < _STEP_S / 5 and time.monotonic() - start_s < 2 * _STEP_S:
            return


@pytest.fixture(autouse=True)
def _quick_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("textual.app", "textual.pilot"):
        monkeypatch.setattr(f"{module}.wait_for_idle", _wait_for_idle)
    # What waits for the next picture must not look like rest: 60 pictures a second are too few for that.
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", _STEP_S / 2)


@pytest.fixture(autouse=True)
def _endless_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field whose Enter nobody calls handled holds back later keys: here for ever, so that it shows."""
    monkeypatch.setattr("portview.tui.widgets.field.PATIENCE_S", None)


@pytest.fixture
def see() -> Callable[[PortviewApp], str]:
    return screen_text


@pytest.fixture
def compare() -> Callable[[PortviewApp, str], None]:
    """Compare the screen with the stored text; PORTVIEW_UPDATE_SNAPSHOTS=1 stores it anew."""

    def check(app: PortviewApp, name: str) -> None:
        stored = SNAPSHOTS / f"{name}.txt"
        text = screen_text(app)
        if os.environ.get("PORTVIEW_UPDATE_SNAPSHOTS") == "1":
            stored.parent.mkdir(exist_ok=True)
            stored.write_text(text, encoding="utf-8")
        assert text == stored.read_text(encoding="utf-8")

    return check


@pytest.fixture
def socket_like() -> Callable[..., LocalSocket]:
    return make_socket


@pytest.fixture
def prepared_scan() -> type[PreparedScan]:
    return PreparedScan


@pytest.fixture
def prepared() -> Services:
    """Services that know one machine, one host and six entries, always the same."""
    return prepared_services()


@pytest.fixture
def play(prepared: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run the program, wait for its first sockets, and play a story on it."""
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run(
        story: Story,
        services: Services | None = None,
        size: tuple[int, int] = (80, 24),
        wait: bool = True,
        theme: str = "portview",
    ) -> None:
        async def main() -> None:
            app = PortviewApp(services or prepared, theme_name=theme)
            async with app.run_test(size=size, notifications=True) as pilot:
                stage = Stage(app, pilot)
                if wait:
                    await stage.until(lambda: stage.pane.rows.items)
                await story(stage)

        asyncio.run(main())

    return run


@pytest.fixture
def tell(
    play: Callable[..., None],
    prepared: Services,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Tale], None]:
    """Play the story of an action in a folder of its own, with scans kept in another."""
    monkeypatch.chdir(tmp_path)
    return partial(
        play, services=services_of_tales(prepared, tmp_path_factory.mktemp("scans")), size=(120, 40)
    )
