"""A scan that is over, in a file: a journal whose first line tells as well how it ended.

A list of many scans needs their first lines alone, and `portview scan --resume` goes on with any of them.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from portview.errors import BadInput
from portview.probe import archive
from portview.scan import journal
from portview.scan.formats.as_jsonl import JsonLinesWriter
from portview.scan.plan import Manner, Plan
from portview.scan.records import Asked, HostFacts, HostVerdict, PortResult
from portview.scan.reports import HostReport, Totals
from portview.scan.said import Said
from portview.text import clean
from portview.vocabulary import Protocol, State

MOST_RESULTS = 1 << 17
"""Ports of a scan that can be kept, some 30 MB; writing so many takes a second."""
_MOST_FOUND = 50
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class FinishedScan:
    """A whole scan, complete or cut short."""

    asked: Asked
    plan: Plan
    manner: Manner
    totals: Totals
    reports: Sequence[HostReport]


@dataclass(frozen=True, slots=True)
class Ended:
    """A scan in short. `kind` is that of `kind_of`.

    `found` are the first open ports: `22/tcp`, or `nas.lan 22/tcp` of several hosts.
    """

    asked: Asked
    totals: Totals
    kind: str
    open: int = 0
    filtered: int = 0
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PastScan:
    """A scan in a file, of which the first line has been read."""

    path: Path
    ended: Ended


@dataclass(frozen=True, slots=True)
class _HostEnd:
    """What a host's report has beside its ports."""

    address: str
    verdict: HostVerdict | None = None
    facts: HostFacts | None = None
    was_skipped: bool = False


def kind_of(plan: Plan) -> str:
    """What two scans have in common that can be compared, the addresses and transports, as a short digest."""
    parts = [*sorted(plan.by_address), *sorted(plan.ports)]
    return hashlib.blake2s("\n".join(parts).encode(), digest_size=16).hexdigest()


def write(path: Path, scan: FinishedScan) -> None:
    """Write a scan; raises OSError, and BadInput for one of more than MOST_RESULTS ports."""
    if scan.totals.done > MOST_RESULTS:
        raise BadInput(f"more than {MOST_RESULTS:,} ports are too many")
    hosts = [_HostEnd(one.address, one.verdict, one.facts, one.was_skipped) for one in scan.reports]
    first = journal.header(
        scan.plan,
        scan.manner,
        scan.totals.started,
        scan.totals.elapsed_s,
        ended=archive.dump(_in_short(scan)),
        hosts=[archive.dump(one) for one in hosts],
    )
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(first)
        lines = JsonLinesWriter(file.write)
        for report in scan.reports:
            for result in report.results:
                lines.port(result, report.host, report.words_of(result))


def read_short(path: Path) -> PastScan:
    """A scan without its ports; raises BadInput in one line when the file is none that is over."""
    return PastScan(path, _ended(path, journal.read_first(path)))


def read(path: Path) -> FinishedScan:
    """A scan with all its ports; raises BadInput in one line when the file is damaged, or none."""
    document = journal.read_first(path)
    ended = _ended(path, document)
    ends = {one.address: one for one in _host_ends(path, document)}
    kept = journal.read(path)
    results: defaultdict[str, list[PortResult]] = defaultdict(list)
    words: defaultdict[str, dict[tuple[Protocol, int], Said]] = defaultdict(dict)
    for result, said in kept.earlier:
        results[result.address].append(result)
        if said:
            words[result.address][result.protocol, result.port] = said
    reports = []
    for host in kept.plan.hosts:
        address, asked = host.address, kept.plan.ports_each
        found, end = tuple(results[address]), ends.get(address, _HostEnd(address))
        reports.append(
            HostReport(host, found, asked, end.verdict, end.facts, words[address], end.was_skipped)
        )
    return FinishedScan(ended.asked, kept.plan, kept.manner, ended.totals, tuple(reports))


def _ended(path: Path, document: Mapping[str, Any]) -> Ended:
    try:
        return archive.load(Ended, document.get("ended"))
    except archive.ArchiveError as error:
        raise BadInput(f"{clean(str(path), _SHOWN)} is no scan that is over: {error}") from None


def _host_ends(path: Path, document: Mapping[str, Any]) -> list[_HostEnd]:
    try:
        return [archive.load(_HostEnd, one) for one in document["hosts"]]
    except (archive.ArchiveError, KeyError, TypeError):
        raise BadInput(f"{clean(str(path), _SHOWN)} is damaged: what it says of its hosts") from None


def _in_short(scan: FinishedScan) -> Ended:
    counts = Counter(result.state for one in scan.reports for result in one.results)
    filtered = counts[State.FILTERED] + counts[State.OPEN_OR_FILTERED]
    found = islice(_open_ports(scan.reports, alone=len(scan.plan.hosts) == 1), _MOST_FOUND)
    return Ended(scan.asked, scan.totals, kind_of(scan.plan), counts[State.OPEN], filtered, tuple(found))


def _open_ports(reports: Iterable[HostReport], *, alone: bool) -> Iterator[str]:
    for report in reports:
        place = "" if alone else f"{report.host.name or report.address} "
        for one in report.results:
            if one.state is State.OPEN:
                yield f"{place}{one.port}/{one.protocol}"
