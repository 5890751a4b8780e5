"""The columns of the local pane: what stands in them, and in which order they put the sockets."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from portview.knowledge.page import Tone
from portview.sockets.connections import Direction
from portview.sockets.records import LocalSocket
from portview.sockets.scope import Scope
from portview.tui import looks
from portview.tui.panes.marks import Mark, Shown
from portview.tui.units import count
from portview.tui.widgets.columns import Column
from portview.tui.widgets.rows import Cell

if TYPE_CHECKING:
    from portview.diagnose.survey import Survey
    from portview.sockets.about import About

_REACH: dict[Scope, tuple[str, str]] = {
    Scope.PUBLIC: ("public", looks.ACCENT),
    Scope.EVERY_ADDRESS: ("network", looks.ACCENT),
    Scope.PRIVATE: ("private", looks.ACCENT),
    Scope.VPN: ("VPN", looks.PLAIN),
    Scope.CONTAINER_BRIDGE: ("bridge", looks.PLAIN),
    Scope.LINK_LOCAL: ("link only", looks.PLAIN),
    Scope.MULTICAST: ("multicast", looks.PLAIN),
    Scope.LOOPBACK: ("loopback", looks.MUTED),
}
"""The word of each scope and its look, the widest first."""

_MARK_LOOKS = {Mark.NEW: looks.GOOD, Mark.GONE: looks.MUTED, Mark.REPLACED: looks.ACCENT}
_TONE_LOOKS = {Tone.BAD: looks.BAD, Tone.WARN: looks.WARN}


class Field(NamedTuple):
    """One column, what its cell shows and what it sorts by."""

    column: Column
    cell: "Callable[[Shown, Survey], Cell]"
    order: "Callable[[Shown, Survey], Any]"


def owner(socket: LocalSocket, known: "About | None" = None) -> str:
    """Who is behind the socket, as short as it can be said; `?` stands behind what is only likely."""
    container = (known.container or known.target) if known is not None else None
    if container is not None:
        return f"{container.label} ({container.runtime})"
    if known is not None and known.activation is not None:
        return known.activation.service
    if not socket.owners:
        if known is not None and known.suspects:
            return f"{known.suspects[0].name}?"
        return f"({socket.user or 'hidden'})" if socket.owner_hidden else "kernel"
    first = socket.owners[0]
    name = first.name or f"pid {first.pid}"
    return name if len(socket.owners) == 1 else f"{name} +{len(socket.owners) - 1}"


def _address(shown: Shown, survey: "Survey") -> Cell:
    return Cell(shown.socket.bound_to)


def _reach(shown: Shown, survey: "Survey") -> Cell:
    return Cell(*_REACH[survey.about(shown.socket).scope])


def _owner(shown: Shown, survey: "Survey") -> Cell:
    known = survey.about(shown.socket)
    return Cell(owner(shown.socket, known), looks.PLAIN if shown.socket.owners else looks.MUTED)


def _service(shown: Shown, survey: "Survey") -> Cell:
    """The service, and before it what has just happened to it or that it is warned of, and why."""
    name = shown.socket.service or "-"
    if shown.mark:
        return Cell(f"{shown.mark} {name}".removesuffix(" -"), _MARK_LOOKS[shown.mark])
    tone = survey.tone(shown.socket)
    if tone in _TONE_LOOKS:
        finding = next(one.id for one in survey.said(shown.socket) if one.tone is tone)
        why = shown.socket.service or looks.words(finding)
        return Cell(f"{looks.TONE_SIGNS[tone]}{why}", _TONE_LOOKS[tone])
    return Cell(name, looks.PLAIN if shown.socket.service else looks.MUTED)


def _ends(shown: Shown, survey: "Survey") -> Cell:
    """A listener's address and how many it serves; of a connection the other end, and who knocked."""
    socket = shown.socket
    direction = survey.directions.of(socket)
    if direction is None:
        clients = sum(survey.crowd(socket).values())
        return Cell(f"{socket.address} · {count(clients, 'client')}" if clients else socket.address)
    arrow = "←" if direction is Direction.IN else "→"
    return Cell(f" {arrow} {socket.remote_address} {socket.remote_port}")


def _by_listener(shown: Shown, survey: "Survey") -> tuple[Any, ...]:
    """Each listener with those that knocked at it below it; what this machine dialled comes last."""
    socket = shown.socket
    if survey.directions.of(socket) is Direction.OUT:
        return (1, owner(socket).lower(), socket.remote_port, socket.remote_address)
    listener = survey.directions.listener_of(socket) or socket
    is_client = socket.remote_port is not None
    return (0, socket.port, socket.protocol, listener.address, is_client, socket.remote_address or "")


def _plain(get: Callable[[LocalSocket], Any]) -> "Callable[[Shown, Survey], Any]":
    return lambda shown, survey: get(shown.socket)


_PORT = Column("PORT", 5, right=True)
_PROTO = Field(
    Column("PROTO", 6),
    lambda shown, survey: Cell(shown.socket.protocol, looks.MUTED),
    _plain(lambda s: s.protocol),
)
_OWNER = Field(Column("OWNER", 10, 26), _owner, lambda shown, survey: _owner(shown, survey).text.lower())
_SERVICE = Field(Column("SERVICE", 8, 30, rank=2), _service, _plain(lambda s: s.service or "~"))


def _port(order: "Callable[[Shown, Survey], Any]") -> Field:
    return Field(_PORT, lambda shown, survey: Cell(str(shown.socket.port)), order)


LISTENERS: tuple[Field, ...] = (
    _port(_plain(lambda s: s.port)),
    _PROTO,
    Field(Column("ADDRESS", 9, 50, rank=3), _address, _plain(lambda s: s.address)),
    Field(
        Column("REACH", 8, 9, rank=1),
        _reach,
        lambda shown, survey: list(_REACH).index(survey.about(shown.socket).scope),
    ),
    _OWNER,
    _SERVICE,
)
EVERYTHING: tuple[Field, ...] = (
    _port(_by_listener),
    _PROTO,
    Field(
        Column("ADDRESS, PEER", 22, 50),
        _ends,
        lambda shown, survey: (shown.socket.remote_address or "", shown.socket.remote_port or 0),
    ),
    _OWNER,
    _SERVICE,
    Field(
        Column("STATE", 6, 12, rank=1),
        lambda shown, survey: Cell(shown.socket.state, looks.MUTED),
        _plain(lambda s: s.state),
    ),
)


def in_order(shown: Sequence[Shown], field: Field, survey: "Survey", *, descending: bool) -> list[Shown]:
    """Sort by a column; within it by port, transport and address."""
    ordered = sorted(shown, key=lambda s: (s.socket.port, s.socket.protocol, s.socket.address))
    return sorted(ordered, key=lambda s: field.order(s, survey), reverse=descending)


def cells(shown: Shown, fields: Sequence[Field], survey: "Survey") -> tuple[Cell, ...]:
    """A row; one that is gone is dimmed as a whole."""
    row = tuple(field.cell(shown, survey) for field in fields)
    return tuple(Cell(cell.text, looks.MUTED) for cell in row) if shown.mark is Mark.GONE else row
