"""The program on the screen: four panes, what stands around them, and how it ends."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import PurePath
from typing import Any, ClassVar

from textual import events, on
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input

from portview.sockets.records import Snapshot
from portview.tui import theme
from portview.tui.keys import APP, bindings
from portview.tui.looks import words
from portview.tui.panes.local import LocalPane
from portview.tui.panes.pane import Pane
from portview.tui.panes.probe import ProbePane
from portview.tui.panes.reference import ReferencePane
from portview.tui.panes.scan import ScanPane
from portview.tui.screens import KeysScreen, PanesScreen
from portview.tui.services import Services
from portview.tui.units import count
from portview.tui.widgets.field import Field
from portview.tui.widgets.lines import Heading, KeyLine, Tab, Tabs

PANES = (("local", "1 Local"), ("probe", "2 Probe"), ("scan", "3 Scan"), ("reference", "4 Reference"))
CLOCK_S = 5.0
"""Seconds between looks at the clock; the line is drawn again only when the minute is another."""


class PortviewApp(App[None]):
    """Shows the panes; each pane holds its own state."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "app.tcss",
        "looks.tcss",
        *(f"widgets/{name}.tcss" for name in ("field", "form", "lines", "panel", "portmap", "rows")),
        "panes/pane.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = bindings(APP)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's own spelling
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012 - Textual's own spelling
    TITLE = "portview"
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, services: Services | None = None, *, theme_name: str | None = None) -> None:
        few = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if few else None)
        self.animation_level = "none"
        self._services = services or Services()
        self._snapshot: Snapshot | None = None
        self._machine, self._user = self._services.whoami()
        self.register_theme(theme.DARK)
        self.theme = theme_name or theme.suits(self.console.color_system if not few else None, os.environ)

    def get_default_screen(self) -> PanesScreen:
        """The screen of the panes."""
        return PanesScreen(id="_default")

    def compose(self) -> ComposeResult:
        """The lines above, the current pane, the keys below."""
        yield Heading()
        yield Tabs(PANES)
        with ContentSwitcher(initial="local"):
            yield LocalPane(self._services, id="local")
            yield ProbePane(self._services, id="probe")
            yield ScanPane(self._services, id="scan")
            yield ReferencePane(self._services, id="reference")
        yield KeyLine()

    def on_mount(self) -> None:
        """Restore the terminal whatever ends the program; start the clock."""
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":  # its event loop takes no signal handlers
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                loop.add_signal_handler(number, self.exit, None, 128 + number)
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())
        self.set_interval(CLOCK_S, self._say_heading)
        self._say_heading()
        self.action_pane("local")

    async def on_event(self, event: events.Event) -> None:
        """Let a key do its work before the next one is looked at.

        Textual sends a key to the widget that has the focus now and runs its binding once the message
        has come back up, when later keys are already on their way to that widget: letters typed ahead
        after `/` would be commands, and Ctrl-u would take those that follow it.
        """
        if isinstance(event, events.Key) and not event.is_forwarded and await self._obey(event):
            return
        await super().on_event(event)

    async def _obey(self, key: events.Key) -> bool:
        """Type the key or run its action; False where neither is ours to do."""
        self.app_focus = True
        focused = self.focused
        if isinstance(focused, Field) and key.is_printable and key.character is not None:
            focused.put(key.character)
            return True
        if isinstance(focused, Input) and not isinstance(focused, Field):
            return False
        active = self.screen.active_bindings.get(key.key)
        if active is None or not active.enabled:
            return False
        return await self.run_action(active.binding.action, active.node)

    @property
    def pane(self) -> Pane[Any]:
        """The current pane."""
        current = self.query_one(ContentSwitcher).visible_content
        assert isinstance(current, Pane)
        return current

    def _say_heading(self) -> None:
        hidden = self._snapshot.hidden if self._snapshot else None
        note = f"as {self._user}"
        if hidden is not None and hidden.reason is not None:
            note += f": {'sockets' if hidden.count is None else count(hidden.count, 'owner')} hidden"
            note += f", {hidden.command} shows them" if hidden.command else f" ({words(hidden.reason)})"
        if self._snapshot and self._snapshot.refused:
            note += f"; netlink refused: {self._snapshot.refused}"
        self.query_one(Heading).say(self._machine, note, f"{self._services.now():%H:%M} ")

    @on(LocalPane.Read)
    def _remember(self, message: LocalPane.Read) -> None:
        self._snapshot = message.snapshot
        self._say_heading()

    @on(Pane.ProbeWanted)
    def _probe(self, message: Pane.ProbeWanted) -> None:
        self.action_pane("probe")
        self.query_one(ProbePane).ask(message.host, message.port, message.protocol)

    @on(Tab.Chosen)
    def _tab_chosen(self, message: Tab.Chosen) -> None:
        self.action_pane(message.pane)

    def action_pane(self, name: str) -> None:
        """Show another pane."""
        self.query_one(ContentSwitcher).current = name
        self.query_one(Tabs).mark(name)
        self.pane.focus_first()
        self.refresh_bindings()

    def action_keys(self) -> None:
        """Show all keys."""
        self.push_screen(KeysScreen())

    def action_redraw(self) -> None:
        """Draw everything again, over whatever others have written to the terminal."""
        self.refresh()

    async def action_quit(self) -> None:
        """End; the panes cancel what runs as they go."""
        self._cancel_all()
        self.exit(return_code=0)

    def action_interrupt(self) -> None:
        """End as a program does that was interrupted."""
        self._cancel_all()
        self.exit(return_code=130)

    def _cancel_all(self) -> None:
        for pane in self.query(Pane):
            pane.cancel()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers what can be done now; moving about is left to the keys."""
        seen = {"command_palette"}
        for node, binding, enabled, tooltip in screen.active_bindings.values():
            if (
                enabled
                and (binding.show or node is self)
                and binding.key_display
                and binding.action not in seen
            ):
                seen.add(binding.action)
                title = f"{tooltip} ({binding.key_display})"
                yield SystemCommand(title, "", partial(self.run_action, binding.action, node))
