"""Pane 1: what is open on this machine, who owns it, and who can reach it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from portview.knowledge.page import Page, Tone
from portview.sockets.records import LocalSocket, Reach, Snapshot
from portview.tui import looks
from portview.tui.keys import LOCAL, bindings
from portview.tui.panes.pane import Pane
from portview.tui.services import Services
from portview.tui.units import count
from portview.tui.widgets.columns import Column
from portview.tui.widgets.field import Field
from portview.tui.widgets.rows import Cell, Rows

EVERY_S = 2.0
"""Seconds from one reading of the sockets to the next."""

REMEMBERED = 2048
"""Sockets of which it is remembered whether they are risky."""

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1"}
"""Where to knock at a socket that is bound to every address."""

_REACH = {Reach.NETWORK: "network", Reach.LINK_LOCAL: "link only", Reach.LOOPBACK: "loopback"}


def owner(socket: LocalSocket) -> str:
    """Who holds the socket, as short as it can be said."""
    if not socket.owners:
        return f"({socket.user or 'hidden'})" if socket.owner_hidden else "kernel"
    first = socket.owners[0]
    name = first.name or f"pid {first.pid}"
    return name if len(socket.owners) == 1 else f"{name} +{len(socket.owners) - 1}"


_ORDERS: tuple[tuple[Column, Callable[[LocalSocket], Any]], ...] = (
    (Column("PORT", 5, right=True), lambda s: s.port),
    (Column("PROTO", 6), lambda s: s.protocol),
    (Column("ADDRESS", 10, 39, rank=2), lambda s: s.address),
    (Column("REACH", 9, rank=1), lambda s: list(_REACH).index(s.reach)),
    (Column("OWNER", 11, 22), lambda s: owner(s).lower()),
    (Column("SERVICE", 8, 16, rank=3), lambda s: s.service or "~"),
    (Column("STATE", 6, 12, rank=4), lambda s: s.state),
)
"""Each column and what it sorts by; the last one says nothing about listeners and is theirs to omit."""


class LocalPane(Pane[LocalSocket]):
    """A live list of sockets."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(LOCAL)

    @dataclass
    class Read(Message):
        """A snapshot has been taken: of all sockets, or of listeners alone."""

        snapshot: Snapshot
        everything: bool

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._snapshot: Snapshot | None = None
        self._everything = False
        self._paused = False
        self._reading = False
        self._filter = ""
        self._sort = 0
        self._descending = False
        self._risky = lru_cache(REMEMBERED)(self._is_risky)

    def form(self) -> Iterable[Widget]:
        """The filter, out of sight until it is wanted."""
        field = Field(placeholder="port, process, user, address or service", id="filter")
        field.display = False
        yield field

    def make_rows(self) -> Rows[LocalSocket]:
        """The sockets."""
        return Rows(
            self._columns(),
            key=lambda s: s.identity,
            cells=lambda s: _cells(s, self._risky(s)),
            empty="reading the sockets of this machine",
        )

    def on_mount(self) -> None:
        """Read now, and then again and again."""
        self.set_interval(EVERY_S, self._tick)
        self._read()
        self._retitle()

    # --- reading --------------------------------------------------------------------------------

    def _tick(self) -> None:
        if self.display and not self._paused:
            self._read()

    def _read(self) -> None:
        if not self._reading:
            self._reading = True
            self._take_snapshot(self._everything)

    @work(thread=True, exit_on_error=False, group="snapshot")
    def _take_snapshot(self, everything: bool) -> None:
        self.post_message(self.Read(self.services.snapshot(everything), everything))

    def failed(self, error: BaseException) -> None:
        """The next reading may do better."""
        self._reading = False
        self.rows.say_when_empty("the sockets could not be read")
        super().failed(error)

    def on_local_pane_read(self, message: Read) -> None:
        """Show the new snapshot."""
        self._reading = False
        self._snapshot = message.snapshot
        self._fill()
        if message.everything != self._everything:
            self._read()

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest snapshot, None before the first."""
        return self._snapshot

    def _fill(self) -> None:
        if self._snapshot is None:
            return
        chosen = [
            s for s in self._snapshot.sockets if not self._filter or self.services.matches(s, self._filter)
        ]
        chosen.sort(key=lambda s: (s.port, s.protocol, s.address))
        chosen.sort(key=_ORDERS[self._sort][1], reverse=self._descending)
        self.rows.say_when_empty(
            f"nothing matches '{self._filter}': Esc shows all" if self._filter else "no socket is open here"
        )
        self.rows.show(chosen)
        self._retitle()
        self._explain()

    def _is_risky(self, socket: LocalSocket) -> bool:
        """Whether the explanation warns; rows in view ask again and again, so answers are remembered."""
        assert self._snapshot is not None
        return self.services.explain_socket(socket, self._snapshot).tone in (Tone.WARN, Tone.BAD)

    # --- what is shown --------------------------------------------------------------------------

    def _columns(self) -> list[Column]:
        arrow = "↓" if self._descending else "↑"
        return [
            replace(column, title=f"{column.title}{arrow}") if place == self._sort else column
            for place, (column, _) in enumerate(self._orders())
        ]

    def _orders(self) -> Sequence[tuple[Column, Callable[[LocalSocket], Any]]]:
        return _ORDERS if self._everything else _ORDERS[:-1]

    def _retitle(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            title = "Sockets of this machine"
        else:
            listening = [s for s in snapshot.sockets if s.is_listener]
            reachable = sum(s.reach is Reach.NETWORK for s in listening)
            title = f"{len(listening)} listening, {reachable} reachable from the network"
            if self._everything:
                title += f", {count(len(snapshot.sockets), 'socket')} in all"
            if self._filter:
                title += f" · {count(len(self.rows.items), 'match', 'matches')}"
        if self._paused:
            title += " · paused"
        self.rows.entitle(title)

    @on(Rows.Selected)
    def _explain(self) -> None:
        """Keep the panel about the selected row."""
        self.refresh_bindings()
        socket = self.rows.selected
        if socket is not None and self._snapshot is not None:
            self.panel.show(self.services.explain_socket(socket, self._snapshot))
        else:
            self.panel.show(Page("No socket is selected", ()))

    # --- keys -----------------------------------------------------------------------------------

    def way_back(self) -> bool:
        """A filter can be left."""
        return bool(self._filter) or super().way_back()

    def action_type(self) -> None:
        """Open the filter."""
        field = self.query_one(Field)
        field.display = True
        self.go_to(field)

    @on(Input.Changed)
    def _filter_as_typed(self, event: Input.Changed) -> None:
        self._filter = event.value.strip()
        self._fill()

    @on(Input.Submitted)
    def _keep_filter(self) -> None:
        self.go_to(self.rows)
        self.query_one(Field).display = bool(self._filter)

    def action_back(self) -> None:
        """Out of the details first; then the filter goes."""
        reading = self.is_at(self.panel)
        self.go_to(self.rows)
        if not reading:
            field = self.query_one(Field)
            field.value = ""
            field.display = False

    def action_sort(self) -> None:
        """Sort by the next column, from its start."""
        self._sort = (self._sort + 1) % len(self._orders())
        self._descending = False
        self._reorder()

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._descending = not self._descending
        self._reorder()

    def _reorder(self) -> None:
        self.rows.retitle(self._columns())
        self._fill()

    def action_everything(self) -> None:
        """Show connections too, or listeners alone."""
        self._everything = not self._everything
        self._sort = min(self._sort, len(self._orders()) - 1)
        self.rows.retitle(self._columns())
        self._read()

    def action_refresh(self) -> None:
        """Read again now."""
        self._read()

    def action_pause(self) -> None:
        """Stop or go on refreshing."""
        self._paused = not self._paused
        self._retitle()
        self.refresh_bindings()

    def action_probe(self) -> None:
        """Knock at the selected socket from here."""
        socket = self.rows.selected
        if socket is not None:
            host = WILDCARDS.get(socket.address, socket.address)
            self.post_message(self.ProbeWanted(host, socket.port, socket.protocol))


def _cells(socket: LocalSocket, risky: bool) -> tuple[Cell, ...]:
    reach = looks.REACH_LOOKS[socket.reach]
    ends = socket.address
    if socket.remote_address is not None:
        ends += f" ↔ {socket.remote_address} {socket.remote_port}"
    service = Cell(socket.service) if socket.service else Cell("-", looks.MUTED)
    return (
        Cell(str(socket.port)),
        Cell(socket.protocol, looks.MUTED),
        Cell(ends),
        Cell(_REACH[socket.reach], reach),
        Cell(owner(socket), looks.PLAIN if socket.owners else looks.MUTED),
        Cell(f"! {service.text}", looks.WARN) if risky else service,
        Cell(socket.state, looks.MUTED),
    )
