"""The past scans: a list, and what is known of the selected one without opening it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from portview.knowledge.page import Line, Page, Section, Tone
from portview.tui import looks, scan_words
from portview.tui.keys import PAST_SCREEN, bindings
from portview.tui.units import count, moment
from portview.tui.widgets.columns import Column
from portview.tui.widgets.lines import KeyLine
from portview.tui.widgets.panel import Panel
from portview.tui.widgets.rows import Cell, Rows

if TYPE_CHECKING:
    from portview.scan.past import PastScan
    from portview.scan.reports import Totals

_COLUMNS = (
    Column("TIME", 15),
    Column("TARGET", 16, 60),
    Column("PORTS", 8, 30),
    Column("", 3, rank=2),
    Column("OPEN", 6, right=True),
    Column("DONE", 5, right=True, rank=1),
)
_NEWEST = 5


class PastScreen(ModalScreen["PastScan | None"]):
    """The scan that is chosen is the screen's result."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PAST_SCREEN)

    def __init__(self, past: "Sequence[PastScan]", now: datetime) -> None:
        super().__init__()
        self._past = past
        self._now = now

    def compose(self) -> ComposeResult:
        """The list, and the selected scan in short."""
        yield Rows["PastScan"](
            _COLUMNS,
            key=lambda one: one.path,
            cells=lambda one: _cells(one, self._now),
            on_select=self._explain,
            empty="no past scan is kept",
        )
        yield Panel()
        yield KeyLine()

    def on_mount(self) -> None:
        """The newest first."""
        rows: Rows[PastScan] = self.query_one(Rows)
        rows.entitle(count(len(self._past), "past scan"))
        rows.show(self._past)
        self._explain()
        self.set_focus(rows)

    def _explain(self) -> None:
        past: PastScan | None = self.query_one(Rows).selected
        self.query_one(Panel).show(page_of(past, self._now) if past else Page("Nothing is selected", ()))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to open only what is there."""
        return action != "choose" or bool(self._past)

    @on(Rows.Chosen)
    def action_choose(self) -> None:
        """Open the selected one."""
        self.dismiss(self.query_one(Rows).selected)

    def action_close(self) -> None:
        """Back to the panes, with nothing chosen."""
        self.dismiss(None)


def in_words(past: "PastScan", now: datetime) -> str:
    """A past scan in one line: `May 01 14:03:07  nas.lan, top 1000: 2 open, 22/tcp 80/tcp`."""
    asked, ended = past.ended.asked, past.ended
    found = f"{ended.open:,} open"
    parts = (found, " ".join(ended.found)) if ended.found else (found,)
    return f"{when(past.ended.totals, now)}  {asked.targets}, {asked.ports}: {', '.join(parts)}"


def page_of(past: "PastScan", now: datetime) -> Page:
    """What is known of a scan without its ports."""
    asked, ended = past.ended.asked, past.ended
    end = scan_words.how_far(ended.totals)
    sections = [Section("", (Line(f"{when(past.ended.totals, now)}: {end}"),))]
    if ended.found:
        more = ended.open - len(ended.found)
        found = ", ".join(ended.found) + (f" and {more:,} more" if more > 0 else "")
        sections.append(Section("Open", (Line(found, Tone.GOOD),)))
    if ended.filtered:
        sections.append(Section("Filtered", (Line(count(ended.filtered, "port")),)))
    if not ended.totals.is_complete:
        sections.append(Section("", (Line("Once it is open, Space goes on with it."),)))
    return Page(f"{asked.targets}, {asked.ports}", tuple(sections))


def newest(past: "Sequence[PastScan]", now: datetime) -> Iterator[Section]:
    """What the scan pane says of them while nothing is scanned."""
    if past:
        lines = [Line(in_words(one, now)) for one in past[:_NEWEST]]
        yield Section("Past scans", (*lines, Line("Press Esc, then o, to open one again.")))


def when(totals: "Totals", now: datetime) -> str:
    """When a scan was begun, in this machine's time; `-` where its file says no time."""
    try:
        started = datetime.fromisoformat(totals.started)
    except ValueError:
        return "-"
    return moment(started.astimezone().replace(tzinfo=None), now)


def _cells(past: "PastScan", now: datetime) -> tuple[Cell, ...]:
    asked, totals = past.ended.asked, past.ended.totals
    done = totals.done / max(totals.requested, 1)
    return (
        Cell(when(past.ended.totals, now), looks.MUTED),
        Cell(asked.targets),
        Cell(asked.ports, looks.MUTED),
        Cell(asked.protocol, looks.MUTED),
        Cell(f"{past.ended.open:,}"),
        # Never 100 % of what is cut short.
        Cell("all" if totals.is_complete else f"{min(int(done * 100), 99)}%", looks.MUTED),
    )
