"""The rows of the probe pane: knocks of this session and of those before, and watches."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from portview.knowledge.page import Page
from portview.probe.records import Observation, Target
from portview.tui import looks
from portview.tui.route import Part, Route, parts, route_of
from portview.tui.sparkline import latencies
from portview.tui.units import milliseconds
from portview.tui.watch import Watch
from portview.tui.widgets.columns import Column
from portview.tui.widgets.picture import Drawing
from portview.tui.widgets.rows import Cell

if TYPE_CHECKING:
    from portview.diagnose.saved import SavedKnock

COLUMNS = (
    Column("TIME", 6),
    Column("TARGET", 16, 40),
    Column("", 3, rank=2),
    Column("OUTCOME", 11, 26),
    Column("TOOK", 6, right=True, rank=1),
)


@dataclass(frozen=True, slots=True)
class Knock:
    """One knock, or a watch, which is many; `ended` is how, in a word, None while it goes on.

    Those of this session count from 1, past ones from 0 down. `page` is None until a past one is looked at.
    `entry` is the handbook's page that says more.
    """

    number: int
    time: datetime | None
    target: Target
    timeout_s: float
    page: Page | None
    ended: str | None = None
    observation: Observation | None = None
    past: "SavedKnock | None" = None
    watch: Watch | None = None
    entry: str | None = None


def past_knock(number: int, saved: "SavedKnock") -> Knock:
    """A knock of a session before; its time is that of this machine's zone."""
    seen = saved.observation
    started = datetime.fromisoformat(seen.started) if seen.started else None
    return Knock(
        number,
        started.astimezone().replace(tzinfo=None) if started else None,
        seen.target,
        seen.timeout_s,
        None,
        looks.words(seen.outcome),
        seen,
        saved,
    )


def cells(knock: Knock, now: datetime) -> tuple[Cell, ...]:
    """A row of COLUMNS."""
    primary = knock.observation.primary if knock.observation else None
    outcome = knock.observation.outcome if knock.observation else None
    ended = knock.ended or ("watching ..." if knock.watch else "knocking ...")
    if knock.watch is not None and outcome is not None:
        said = looks.words(outcome)
        ended = f"{said} ({knock.watch.knocks:,})" if knock.watch.ended else f"watch: {said}"
    return (
        Cell(_when(knock.time, now), looks.MUTED),
        Cell(_place(knock.target)),
        Cell(knock.target.protocol, looks.MUTED),
        Cell(ended, looks.outcome_look(outcome) if outcome else looks.MUTED),
        Cell(milliseconds(primary.elapsed_ms) if primary else "", looks.MUTED),
    )


def _place(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f"{host}:{target.port}"


def _when(time: datetime | None, now: datetime) -> str:
    """The time of today, the day of what was before."""
    if time is None:
        return "-"
    return f"{time:%H:%M}" if time.date() == now.date() else f"{time:%b %d}"


def picture(knock: Knock | None) -> Drawing | None:
    """What to draw of a knock: its way, or a watch's latencies."""
    if knock is None or knock.observation is None:
        return None
    if knock.watch is not None:
        label = f"Latency of {_place(knock.target)}"
        return Drawing(label, partial(latencies, label, knock.watch.latencies), is_chart=True)
    route = route_of(knock.observation)
    return Drawing("Path", partial(_way, route)) if route else None


def _way(route: Route, width: int, height: int) -> list[list[Part]]:
    return [parts(route, width)]
