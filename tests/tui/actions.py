"""Actions by their names in the settings, and the stories that do them by their keys."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portview.probe.records import Attempt, Observation, Resolution, Target
from portview.probe.waiting import CancelledError
from portview.tui.services import Knocked, Services
from portview.tui.settings import Settings
from portview.tui.shelves import scans_in
from portview.vocabulary import Family, Outcome

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Tale = Callable[["Stage"], Awaitable[None]]
TALES: dict[str, Tale] = {}


def shows(*names: str) -> Callable[[Tale], Tale]:
    """This tale does the actions of these names."""

    def add(tale: Tale) -> Tale:
        for name in names:
            assert name not in TALES
            TALES[name] = tale
        return tale

    return add


def tales_of(module: str) -> Iterable[Tale]:
    """Those that a module tells, each once."""
    return [tale for tale in dict.fromkeys(TALES.values()) if tale.__module__ == module]


def services_of_tales(prepared: Services, scans: Path) -> Services:
    """The prepared ones with a host that never answers, a quick watch, and a shelf for scans."""

    def knock(target: Target, *, cancel: threading.Event, **more: Any) -> Knocked:
        if target.host == "endless.lan":
            assert cancel.wait(30)
            raise CancelledError
        return prepared.knock(target, cancel=cancel, **more)

    return replace(
        prepared,
        knock=knock,
        glance=glance,
        settings=Settings(watch_s=0.05, keys={}),
        scans=scans_in(scans),
    )


def glance(target: Target, timeout_s: float, cancel: threading.Event) -> Observation:
    one = Attempt("192.0.2.7", Family.IPV4, target.port, Outcome.CONNECTED, 0.4)
    return Observation(target, Resolution(target.host, ("192.0.2.7",)), (one,))


async def knocked_at(stage: Stage, *targets: str) -> None:
    await stage.press("2")
    for target in targets:
        if not stage.field("#host").has_focus:
            await stage.press("slash")
        await stage.type(target)
        await stage.press("enter")
        await stage.until(lambda: stage.selected and stage.selected.ended)


async def scanned(stage: Stage) -> None:
    await stage.press("3", "enter")
    await stage.until(lambda: len(stage.pane.rows.items) == 9 and not stage.pane.busy)
