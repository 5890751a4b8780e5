"""What the scan pane says in lines: how far, how it ended, what is different from the time before."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from textual.content import Content

from portview.knowledge.load import phrases
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.services import service_name
from portview.scan.compare import Change, Changes
from portview.scan.plan import Plan
from portview.scan.records import HostVerdict, Progress
from portview.scan.reports import Totals
from portview.tui import looks
from portview.tui.canvas import Found
from portview.tui.ranged import share
from portview.tui.units import clock, count
from portview.tui.widgets.rows import Cell

BAR = 12
"""Cells of the progress bar."""
MOST_CHANGES = 200
"""Changes of a kind that are told one by one."""
START = Page(
    "Scan a host",
    (
        Section(
            "",
            (
                Line("Type one target or several above and press Enter: names, addresses, networks."),
                Line("What follows a ! is left out: 192.0.2.0/24 !192.0.2.1. Scan what is yours."),
            ),
        ),
    ),
)
"""What is said where nothing was scanned yet."""


def progress_line(progress: Progress) -> Content:
    """How far a scan is, and why it takes so long; first what must not be cut where the line is short."""
    text = _progress(progress)
    start = text.index(_bar(progress))
    return looks.plain(text).stylize("$primary", start, start + BAR)


def _bar(progress: Progress) -> str:
    full = round(_done(progress) * BAR)
    return "█" * full + "░" * (BAR - full)


def _done(progress: Progress) -> float:
    return progress.done / max(progress.total, 1)


def _progress(progress: Progress) -> str:
    parts = [
        f"{_bar(progress)} {_done(progress):.0%}",
        f"{progress.done:,} of {progress.total:,}",
        f"{clock(progress.elapsed_s)} gone" if progress.eta_s is None else f"{clock(progress.eta_s)} to go",
    ]
    if progress.is_held:
        parts.append("sparing the router")
    if progress.sampling:
        parts.append(f"{progress.sampling:,} asked again slowly")
    if progress.is_paused:
        return "   ".join(("paused", *parts))
    if progress.lost:
        parts.insert(0, f"no answer from {progress.lost[0]} any more: waiting for it")
    return "   ".join((*parts, f"{progress.in_flight:,} waiting", f"{progress.rate_per_s:,.0f}/s"))


def summary(totals: Totals, plan: Plan, verdicts: Sequence[HostVerdict]) -> str:
    """How a scan ended, in one line, with what it says of its hosts where that matters."""
    line = how_far(totals)
    if totals.gave_up is not None or totals.cancelled:
        return line
    line += _hosts(len(plan.hosts), verdicts)
    return line + "".join(f"; {one.error}" for one in plan.unresolved[:1])


def how_far(totals: Totals) -> str:
    """How much a scan has done, in which time, and what ended it early."""
    asked = count(totals.requested, "port")
    if totals.gave_up is not None:
        return f"Ended early ({totals.gave_up}): {totals.done:,} of {asked} in {totals.elapsed_s:.1f} s"
    if totals.cancelled:
        return f"Cancelled: {totals.done:,} of {asked} in {totals.elapsed_s:.1f} s"
    return f"{count(totals.done, 'port')} in {totals.elapsed_s:.1f} s"


def _hosts(hosts: int, verdicts: Sequence[HostVerdict]) -> str:
    """What is known of one host that did not answer, or how many hosts are up, off ..."""
    if hosts > 1:
        numbers = Counter(verdict.value for verdict in verdicts)
        return "".join(f", {number} {verdict.replace('_', ' ')}" for verdict, number in numbers.most_common())
    verdict = next(iter(verdicts), HostVerdict.UP)
    return "" if verdict is HostVerdict.UP else f": {phrases('scan')['verdict'][verdict]}"


def changed_in_short(changes: Changes) -> str:
    """The numbers: `2 new, 1 gone, 3 changed`."""
    numbers = (("new", changes.new), ("gone", changes.gone), ("changed", changes.changed))
    return ", ".join(f"{len(ones)} {word}" for word, ones in numbers if ones) or "nothing has changed"


def changes_page(changes: Changes, since: str) -> Page:
    """All that is different from the scan before."""
    kinds = (("New", changes.new, Tone.GOOD), ("Gone", changes.gone, Tone.BAD))
    sections = [Section(label, tuple(_changes(ones, tone))) for label, ones, tone in kinds if ones]
    if changes.changed:
        sections.append(Section("Changed", tuple(_changes(changes.changed, Tone.WARN))))
    first = Section("", (Line(f"Compared with the scan of {since}: {changed_in_short(changes)}."),))
    return Page("What is different", (first, *sections))


def _changes(changes: Sequence[Change], tone: Tone) -> Iterator[Line]:
    for one in changes[:MOST_CHANGES]:
        now, before = one.now, one.before
        was = f"{before.state}, {before.reason}"
        yield Line(f"{now.address} {now.port}/{now.protocol}: {now.state}, {now.reason} (was {was})", tone)
    if len(changes) > MOST_CHANGES:
        yield Line(f"and {len(changes) - MOST_CHANGES:,} more")


def with_words(page: Page, said: str) -> Page:
    """The page of a port with what it said first."""
    if not said:
        return page
    words = Section("First words", (Line(said, Tone.FACT),))
    return replace(page, sections=(*page.sections[:1], words, *page.sections[1:]))


def cells_of(found: Found) -> tuple[Cell, ...]:
    """One row of the list."""
    ports = found.ports
    one = ports.first == ports.last
    name = service_name(ports.first, found.result.protocol) if one else None
    what = "  ".join(filter(None, (name, found.said))) or "-" if one else share(ports)
    return (
        Cell(f"{ports.first}/{found.result.protocol}" if one else f"{ports.first}-{ports.last}"),
        Cell(ports.state, looks.STATE_LOOKS[ports.state]),
        Cell(ports.reason, looks.MUTED),
        Cell(what, looks.PLAIN if name or found.said else looks.MUTED),
        Cell(found.host.name or found.host.address, looks.MUTED),
    )
