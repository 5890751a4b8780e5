"""The running program as a story sees it: its screen as plain text, its keys, and what it is waited for."""

import html
import re
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from portview.knowledge.page import Page
from portview.tui.app import PortviewApp
from portview.tui.panes.pane import Pane
from portview.tui.widgets.field import Field


def screen_text(app: PortviewApp) -> str:
    """The screen as plain text: the SVG export puts each run of cells at x, y."""
    svg = app.export_screenshot(simplify=True)
    lines: dict[int, dict[float, str]] = {row: {} for row in range(app.size.height)}
    for x, y, text in re.findall(
        r'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*clip-path[^>]*>(.*?)</text>', svg
    ):
        lines[round((float(y) - 20) / 24.4)][float(x)] = html.unescape(text).replace("\xa0", " ")
    rows = []
    for y in sorted(lines):
        row = ""
        for x, text in sorted(lines[y].items()):
            row = row.ljust(round(x / 12.2)) + text
        rows.append(row.rstrip())
    return "\n".join(rows) + "\n"


class Stage:
    """A running program and a pilot for it."""

    def __init__(self, app: PortviewApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        return screen_text(self.app)

    @property
    def footer(self) -> str:
        return self.text.splitlines()[-1]

    @property
    def told(self) -> str:
        """What is said over the line of the keys; it may be folded anywhere, so without its spaces."""
        lines = (line for line in self.text.splitlines() if line.startswith("▌"))
        return "".join(lines).replace("▌", "").replace(" ", "")

    @property
    def pane(self) -> Pane[Any]:
        return self.app.pane

    @property
    def selected(self) -> Any:
        return self.pane.rows.selected

    def field(self, selector: str) -> Field:
        return self.pane.query_one(selector, Field)

    @property
    def page(self) -> Page:
        return self.pane.panel.page

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.pilot.press(*text)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what a worker or a message brings; fail when it does not come."""
        for _ in range(400):
            if condition():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"waited in vain; the screen is\n{self.text}")


Story = Callable[[Stage], Awaitable[None]]
