"""The program on the screen: four panes, what stands around them, and how it ends."""

import asyncio
import os
import signal
import sys
from collections.abc import Hashable, Iterator
from functools import partial
from pathlib import PurePath
from typing import Any, ClassVar, NamedTuple

from textual import events, on
from textual._styles_cache import StylesCache
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.widgets import ContentSwitcher, Input

from portview.sockets.records import Snapshot
from portview.text import clean
from portview.tui import settings, theme
from portview.tui.keys import APP, PANES, ROWS, Key, bindings, spelt
from portview.tui.log import LOG
from portview.tui.looks import words
from portview.tui.palette import Entry, Palette
from portview.tui.panes.local import LocalPane
from portview.tui.panes.pane import Pane
from portview.tui.panes.probe import ProbePane
from portview.tui.panes.reference import ReferencePane
from portview.tui.panes.scan import ScanPane
from portview.tui.places import settings_file
from portview.tui.screens import KeysScreen, PanesScreen
from portview.tui.services import Services
from portview.tui.subject import Subject
from portview.tui.units import count
from portview.tui.widgets.field import Field
from portview.tui.widgets.lines import Heading, KeyLine, Tab, Tabs
from portview.tui.widgets.note import Note

TITLES = {"local": "1 Local", "probe": "2 Probe", "scan": "3 Scan", "reference": "4 Reference"}
CLOCK_S = 5.0
"""Seconds between looks at the clock; the line is drawn again only when the minute is another."""
FARTHEST = 50
"""Steps that Backspace can go back."""


class Place(NamedTuple):
    """Where one was: a pane, and what it said of the row."""

    pane: str
    bookmark: Hashable


class PortviewApp(App[None]):
    """Shows the panes; each pane holds its own state."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "app.tcss",
        "looks.tcss",
        *(f"widgets/{name}.tcss" for name in ("field", "form", "lines", "note", "panel", "picture")),
        *(f"widgets/{name}.tcss" for name in ("portmap", "rows")),
        "panes/pane.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = bindings(APP)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's own spelling
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012 - Textual's own spelling
    TITLE = "portview"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        services: Services | None = None,
        *,
        theme_name: str | None = None,
        driver_class: type[Driver] | None = None,
        complaints: tuple[str, ...] = (),
    ) -> None:
        """`complaints` are what the settings file asks for and cannot have, a line each."""
        environment = dict(os.environ)  # Textual takes NO_COLOR out
        # Without colours even those of the terminal are taken out; from others greys would be made.
        super().__init__(driver_class=driver_class, ansi_color=True if "NO_COLOR" in environment else None)
        self.animation_level = "none"
        self._services = services or Services()
        self._complaints = complaints
        self._snapshot: Snapshot | None = None
        self._trail: list[Place] = []
        self._machine, self._user = self._services.whoami()
        for one in theme.THEMES.values():
            self.register_theme(one)
        self.theme = theme_name or theme.suits(
            self.console.color_system, environment, self._services.settings.theme
        )
        self.set_keymap(dict(self._services.settings.keys))

    def get_default_screen(self) -> PanesScreen:
        """The screen of the panes."""
        return PanesScreen(id="_default")

    def compose(self) -> ComposeResult:
        """The lines above, the current pane, the keys below."""
        yield Heading()
        yield Tabs(tuple(TITLES.items()))
        with ContentSwitcher(initial="local"):
            yield LocalPane(self._services, id="local")
            yield ProbePane(self._services, id="probe")
            yield ScanPane(self._services, id="scan")
            yield ReferencePane(self._services, id="reference")
        if self._services.views.first_time:
            yield Note()
        yield KeyLine()

    def on_mount(self) -> None:
        """Restore the terminal whatever ends the program; start the clock."""
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":  # its event loop takes no signal handlers
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                loop.add_signal_handler(number, self._end_by, number)
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())
        self.set_interval(CLOCK_S, self._tick)
        self._say_heading()
        self.action_pane("local")
        self._complain()

    def _end_by(self, number: int) -> None:
        """End by a signal: what has been found so far is kept, as after `q`."""
        self._cancel_all()
        self.exit(return_code=128 + number)

    def _complain(self) -> None:
        """Say which settings cannot be used; the rest of them holds."""
        views = self._services.views
        if views.first_time:
            views.save()
        choices = [choice for pane in self.query(Pane) for choice in pane.CHOICES]
        complaints = [*self._complaints, *views.complaints(choices)]
        for complaint in complaints:
            LOG.warning("settings: %s", complaint)
        if complaints:
            more = f" (and {count(len(complaints) - 1, 'more', 'more')})" if len(complaints) > 1 else ""
            self.notify(
                f"Settings: {complaints[0]}; it is ignored{more}",
                severity="warning",
                timeout=10,
                markup=False,
            )

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Say it over the line of the keys, in the place of what was said before."""
        self.clear_notifications()
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def _handle_exception(self, error: Exception) -> None:
        """Textual's one place for what nobody caught: it ends the program, and the log should know why."""
        LOG.critical("unforeseen", exc_info=error)
        super()._handle_exception(error)

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
        done = await self.run_action(active.binding.action, active.node)
        if isinstance(focused, Field) and active.binding.action == "submit":
            await focused.settle()
        return done

    @property
    def pane(self) -> Pane[Any]:
        """The current pane."""
        current = self.query_one(ContentSwitcher).visible_content
        assert isinstance(current, Pane)
        return current

    def _tick(self) -> None:
        """Look at the clock, and let go of the drawn lines of widgets that have gone.

        Textual remembers 1,024 results of a method by its object, which keeps up to so many widgets' lines.
        """
        StylesCache.get_inner_outer.cache_clear()
        self._say_heading()

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

    @on(Pane.Wanted)
    def _hand_over(self, message: Pane.Wanted) -> None:
        self.go(message.pane, message.subject)

    def go(self, name: str, subject: Subject) -> None:
        """Show another pane with a subject; Backspace leads back to here."""
        here = self.pane
        self._trail.append(Place(here.id or "local", here.bookmark()))
        del self._trail[:-FARTHEST]
        self.action_pane(name)
        self.pane.open(subject)

    def action_return(self) -> None:
        """Back to the pane that the last subject came from, to its row."""
        place = self._trail.pop()
        self.action_pane(place.pane)
        self.pane.restore(place.bookmark)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way back where there is one."""
        return bool(self._trail) if action == "return" else super().check_action(action, parameters)

    @on(Tab.Chosen)
    def _tab_chosen(self, message: Tab.Chosen) -> None:
        self.action_pane(message.pane)

    def action_pane(self, name: str) -> None:
        """Show another pane."""
        if name != self.query_one(ContentSwitcher).current:
            self.put_note_away()
        self.query_one(ContentSwitcher).current = name
        self.query_one(Tabs).mark(name)
        self.pane.focus_first()
        self.refresh_bindings()

    def put_note_away(self) -> None:
        """Remove the orientation of the first start."""
        for note in self.query(Note):
            note.remove()

    def action_keys(self) -> None:
        """Show all keys."""
        self.push_screen(KeysScreen(self._services.settings.keys, self.pane.id))

    def action_palette(self) -> None:
        """Find an action, a port, a process, a past knock or a past scan."""
        for pane in self.query(Pane):
            pane.recall()
        self.push_screen(Palette(self._entries()), self._run_entry)

    async def _run_entry(self, entry: Entry | None) -> None:
        if entry is not None:
            result = entry.run()
            if asyncio.iscoroutine(result):
                await result

    def _entries(self) -> Iterator[Entry]:
        """What the palette finds: the actions of this pane first, then all others, then what is listed."""
        here = self.pane
        panes: list[Pane[Any]] = [here, *(pane for pane in self.query(Pane) if pane is not here)]
        yield from self._actions(PANES[here.id or "local"], here)
        yield from (
            Entry(key.help, "", self._shown(key), partial(self.run_action, key.action, self))
            for key in APP
            if key.action != "palette"
        )
        for pane in panes[1:]:
            yield from self._actions(PANES[pane.id or "local"], pane)
        for key in ROWS:
            yield Entry(key.help, "", self._shown(key), partial(self.run_action, key.action, here.rows))
        for pane in panes:
            title = TITLES[pane.id or "local"][2:]
            for find in pane.finds():
                yield Entry(find.text, title, "", partial(self._show_row, pane, find.key))

    def _actions(self, keys: tuple[Key, ...], pane: Pane[Any]) -> Iterator[Entry]:
        title = TITLES[pane.id or "local"][2:]
        for key in keys:
            yield Entry(key.help, title, self._shown(key), partial(self._do_in, pane, key.action))

    def _shown(self, key: Key) -> str:
        chosen = self._services.settings.keys.get(key.name)
        return spelt(chosen) if chosen else key.shown

    async def _do_in(self, pane: Pane[Any], action: str) -> None:
        if pane is not self.pane:
            self.action_pane(pane.id or "local")
        if not await self.run_action(action, pane):
            self.notify("That is not possible now.", timeout=3, markup=False)

    def _show_row(self, pane: Pane[Any], key: Hashable) -> None:
        if pane is not self.pane:
            self._trail.append(Place(self.pane.id or "local", self.pane.bookmark()))
            self.action_pane(pane.id or "local")
        pane.restore(key)

    def action_settings(self) -> None:
        """Write the commented settings where there are none, and say where they are."""
        path = settings_file()
        try:
            written = settings.write_template(path)
        except OSError as error:
            said = f"{path} cannot be written: {error.strerror}"
        else:
            said = f"{'Written' if written else 'Settings'}: {path}; changes hold from the next start."
        self.notify(clean(said), timeout=10, markup=False)

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
