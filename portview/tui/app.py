"""The program on the screen: four panes, what stands around them, and how it ends."""

import asyncio
import os
import signal
import sys
from collections.abc import Hashable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import on, work
from textual._styles_cache import StylesCache
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.widget import MountError
from textual.worker import WorkerFailed

from portview.sockets.records import Snapshot
from portview.text import clean
from portview.tui import settings, theme
from portview.tui.keyed_app import KeyedApp
from portview.tui.keys import APP, bindings
from portview.tui.log import LOG
from portview.tui.looks import words
from portview.tui.panes.local import LocalPane
from portview.tui.panes.pane import Pane
from portview.tui.panes.roster import TITLES, pane_class
from portview.tui.panes_screen import PaneInView, PanesScreen
from portview.tui.places import settings_file
from portview.tui.services import Services
from portview.tui.subject import Subject
from portview.tui.units import count
from portview.tui.widgets.lines import Heading, KeyLine, Tab, Tabs

if TYPE_CHECKING:
    from portview.tui.palette import Entry

CLOCK_S = 5.0
"""Seconds between looks at the clock; the line is drawn again only when the minute is another."""
FARTHEST = 50
"""Steps that Backspace can go back."""


class Place(NamedTuple):
    """Where one was: a pane, and what it said of the row."""

    pane: str
    bookmark: Hashable


class PortviewApp(KeyedApp):
    """Shows the panes; each pane holds its own state."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "app.tcss",
        "looks.tcss",
        *(f"widgets/{name}.tcss" for name in ("field", "form", "lines", "note", "panel", "picture")),
        *(f"widgets/{name}.tcss" for name in ("portmap", "rows")),
        "panes/pane.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = bindings(APP)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - Textual's own spelling
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
        self._making = asyncio.Lock()
        self._machine, self._user = self._services.whoami()
        for one in theme.THEMES.values():
            self.register_theme(one)
        self.theme = theme_name or theme.suits(
            self.console.color_system, environment, self._services.settings.theme
        )
        self.set_keymap(dict(self._services.settings.keys))

    def get_default_screen(self) -> PanesScreen:
        """The screen of the panes, laid out for its size from the first picture on."""
        across = max(one for one in self.HORIZONTAL_BREAKPOINTS if one[0] <= self.size.width)
        down = max(one for one in self.VERTICAL_BREAKPOINTS if one[0] <= self.size.height)
        return PanesScreen(id="_default", classes=f"{across[1]} {down[1]}")

    def compose(self) -> ComposeResult:
        """The lines above, the current pane, the keys below."""
        yield Heading()
        yield Tabs(tuple(TITLES.items()))
        with PaneInView(initial="local"):
            yield LocalPane(self._services, id="local")
        if self._services.views.first_time:
            from portview.tui.widgets.note import Note

            yield Note()
        yield KeyLine()

    def on_mount(self) -> None:
        """Restore the terminal whatever ends the program; start the clock."""
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":  # its event loop takes no signal handlers
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT):
                loop.add_signal_handler(number, self._end_by, number)
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())
        self.set_interval(CLOCK_S, self._tick)
        self._say_heading()
        self._mark("local")
        self.call_after_refresh(self._make_ready)

    @work
    async def _make_ready(self) -> None:
        """Make the other panes while one looks at the first, and say what cannot be had.

        They are imported beside the loop, so that no key waits for that.
        """
        if self._services.views.first_time:
            self._services.views.save()
        for name in TITLES:
            await asyncio.to_thread(pane_class, name)
            await self._opened(name)
        self._complain()

    async def _opened(self, name: str) -> Pane[Any]:
        """The pane with this id, made when it is first wanted."""
        switcher = self.query_one(PaneInView)
        async with self._making:
            if all(pane.id != name for pane in switcher.children):
                pane = pane_class(name)(self._services, id=name)
                pane.display = False
                await switcher.mount(pane)
        return switcher.get_child_by_id(name, Pane)

    def _end_by(self, number: int) -> None:
        """End by a signal: what has been found so far is kept, as after `q`."""
        self._cancel_all()
        self.exit(return_code=128 + number)

    def _complain(self) -> None:
        """Say which settings cannot be used; the rest of them holds."""
        choices = [choice for pane in self.query(Pane) for choice in pane.CHOICES]
        complaints = [*self._complaints, *self._services.views.complaints(choices)]
        for complaint in complaints:
            LOG.warning("settings: %s", complaint)
        if complaints:
            more = f"; --log FILE names {len(complaints) - 1} more" if len(complaints) > 1 else ""
            self.notify(
                f"Settings: {complaints[0]}; it is ignored{more}",
                severity="warning",
                timeout=10,
                markup=False,
            )

    def refresh_css(self, animate: bool = True) -> None:
        """Before there is a screen the rules would be read for nobody: it is enough to know the colours."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Say it over the line of the keys, in the place of what was said before.

        Textual takes away the text of what is said no more, but leaves its frame for ever.
        """
        for screen in self.screen_stack:
            screen.query("ToastHolder").remove()
        self.clear_notifications()
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def _handle_exception(self, error: Exception) -> None:
        """Textual's one place for what nobody caught: it ends the program, and the log should know why.

        A pane that is half made when the program ends is given no parts any more. That it looks for them in
        vain is no crash.
        """
        ending = self.return_code is not None or not self.is_running
        cause = error.error if isinstance(error, WorkerFailed) else error
        if ending and isinstance(cause, NoMatches | MountError):
            LOG.info("ended while it began", exc_info=error)
            return
        LOG.critical("unforeseen", exc_info=error)
        super()._handle_exception(error)

    @property
    def pane(self) -> Pane[Any]:
        """The current pane."""
        current = self.query_one(PaneInView).visible_content
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
            them = "it" if hidden.count == 1 else "them"
            note += f", {hidden.command} shows {them}" if hidden.command else f" ({words(hidden.reason)})"
        if self._snapshot and self._snapshot.refused:
            note += f"; netlink refused: {self._snapshot.refused}"
        self.query_one(Heading).say(self._machine, note, f"{self._services.now():%H:%M} ")

    @on(LocalPane.Read)
    def _remember(self, message: LocalPane.Read) -> None:
        self._snapshot = message.snapshot
        self._say_heading()

    async def go(self, name: str, subject: Subject) -> None:
        """Show another pane with a subject; Backspace leads back to here."""
        here = self.pane
        self._trail.append(Place(here.id or "local", here.bookmark()))
        del self._trail[:-FARTHEST]
        await self.action_pane(name)
        self.pane.open(subject)

    async def action_return(self) -> None:
        """Back to the pane that the last subject came from, to its row."""
        place = self._trail.pop()
        await self.action_pane(place.pane)
        self.pane.restore(place.bookmark)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way back where there is one."""
        return bool(self._trail) if action == "return" else super().check_action(action, parameters)

    @on(Tab.Chosen)
    async def _tab_chosen(self, message: Tab.Chosen) -> None:
        await self.action_pane(message.pane)

    async def action_pane(self, name: str) -> None:
        """Show another pane."""
        await self._opened(name)
        if name != self.query_one(PaneInView).current:
            self.put_note_away()
        self.query_one(PaneInView).current = name
        self._mark(name)

    def _mark(self, name: str) -> None:
        """Show where one is, and begin there."""
        self.query_one(Tabs).mark(name)
        self.pane.focus_first()
        self.refresh_bindings()

    def put_note_away(self) -> None:
        """Remove the orientation of the first start."""
        self.query("Note").remove()

    def action_keys(self) -> None:
        """Show all keys."""
        from portview.tui.screens import KeysScreen

        self.push_screen(KeysScreen(self._services.settings.keys, self.pane.id))

    async def action_palette(self) -> None:
        """Find an action, a port, a process, a past knock or a past scan."""
        from portview.tui.finds import entries
        from portview.tui.palette import Palette

        here = self.pane
        panes = [await self._opened(name) for name in TITLES]
        for pane in panes:
            pane.recall()
        panes.sort(key=lambda pane: pane is not here)
        found = entries(self, panes, self._services.settings.keys)
        self.push_screen(Palette(found), self._run_entry)

    async def _run_entry(self, entry: "Entry | None") -> None:
        if entry is not None:
            result = entry.run()
            if asyncio.iscoroutine(result):
                await result

    async def do_in(self, pane: Pane[Any], action: str) -> None:
        """Do what a key of a pane does, in that pane."""
        if pane is not self.pane:
            await self.action_pane(pane.id or "local")
        if not await self.run_action(action, pane):
            self.notify("That is not possible now.", timeout=3, markup=False)

    async def show_row(self, pane: Pane[Any], key: Hashable) -> None:
        """Go to a row of a pane; Backspace leads back to here."""
        if pane is not self.pane:
            self._trail.append(Place(self.pane.id or "local", self.pane.bookmark()))
            await self.action_pane(pane.id or "local")
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
