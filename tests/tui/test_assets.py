"""The panes with the real words on prepared sockets and knocks, as the pictures of assets/ show them.

PORTVIEW_UPDATE_ASSETS=1 stores them anew; without it a picture that has aged fails.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portview.diagnose.engine import diagnose
from portview.diagnose.report import report
from portview.probe.records import (
    Attempt,
    IcmpError,
    NameSource,
    Observation,
    Resolution,
    Target,
)
from portview.tui.services import Explained, Knocked, Services
from portview.tui.transcript import Evidence
from portview.vocabulary import Family, Outcome, SenderClass

if TYPE_CHECKING:
    from tests.tui.stage import Stage

ASSETS = Path(__file__).parents[2] / "assets"
ADDRESS = "192.0.2.7"


def knock(
    target: Target, *, timeout_s: float, cancel: threading.Event, on_event: Callable[[Evidence], None]
) -> Knocked:
    """Port 22 connects; all others are rejected by the target's own firewall."""

    def attempt(port: int) -> Attempt:
        if port == 22:
            return Attempt(
                ADDRESS,
                Family.IPV4,
                port,
                Outcome.CONNECTED,
                0.3,
                rtt_ms=0.3,
                first_bytes=b"SSH-2.0-OpenSSH_9.6\r\n",
            )
        icmp = IcmpError(3, 3, ADDRESS, SenderClass.TARGET)
        return Attempt(ADDRESS, Family.IPV4, port, Outcome.REFUSED, 0.4, "ECONNREFUSED", "connect", icmp)

    resolution = Resolution(target.host, (ADDRESS,), NameSource.HOSTS, elapsed_ms=0.2)
    observation = Observation(target, resolution, (attempt(target.port),), (attempt(22),), elapsed_ms=12.0)
    diagnosis = diagnose(observation)
    return Knocked(observation, Explained(report(observation, diagnosis), diagnosis.pattern))


async def local(stage: Stage) -> None:
    stage.pane.rows.select(next(s.key for s in stage.pane.rows.items if s.socket.service == "redis"))


async def probe(stage: Stage) -> None:
    await stage.press("2")
    for target in ("nas.lan:22", "nas.lan:445"):
        if not stage.field("#host").has_focus:
            await stage.press("slash")
        await stage.type(target)
        await stage.press("enter")
        await stage.until(lambda: stage.selected.ended)


async def scan(stage: Stage) -> None:
    await stage.press("3")
    stage.field("#targets").value = "nas.lan"
    stage.field("#ports").value = "1-1024"
    await stage.press("enter")
    await stage.until(lambda: len(stage.pane.rows.items) == 9)
    await stage.press("j", "j", "j")


async def reference(stage: Stage) -> None:
    await stage.press("4")
    await stage.until(lambda: stage.pane.rows.items)
    await stage.press("escape", "j", "j")


def words_in(svg: str) -> list[str]:
    """What can be read in a picture, from its top to its end."""
    return unescape(" ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))).split()


@pytest.mark.parametrize("scene", [local, probe, scan, reference], ids=lambda scene: scene.__name__)
def test_the_pane_with_the_real_words(
    play: Callable[..., None], prepared: Services, scene: Callable[[Stage], Awaitable[None]]
) -> None:
    real = Services()
    services = replace(
        prepared,
        explain_socket=real.explain_socket,
        explain_result=real.explain_result,
        search=real.search,
        entry=real.entry,
        entry_page=real.entry_page,
        neighbours=real.neighbours,
        knock=knock,
    )

    async def story(stage: Stage) -> None:
        await scene(stage)
        await stage.pilot.pause()
        assert stage.page.title[:30] in stage.text  # a long title goes on in the next line
        assert len(stage.page.sections) >= 2
        stored, drawn = ASSETS / f"{scene.__name__}.svg", stage.app.export_screenshot()
        if os.environ.get("PORTVIEW_UPDATE_ASSETS") == "1":
            stored.write_text(drawn, encoding="utf-8")
        assert words_in(drawn) == words_in(stored.read_text(encoding="utf-8"))

    play(story, services, size=(120, 36))
