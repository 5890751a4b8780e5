"""A running scan as frozen pictures: made in the scan's own thread, so that the screen only draws."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from portview.scan.records import PortResult, Progress, ScanHost
from portview.vocabulary import Protocol, State

if TYPE_CHECKING:
    from portview.scan.plan import Plan
    from portview.scan.ranges import PortRange
    from portview.scan.reports import HostReport

Place = tuple[str, Protocol]
"""One transport of one address."""

UNTESTED: Final = 2
CODES: Final[Mapping[State, int]] = {
    State.CLOSED: 1,
    State.OPEN_OR_FILTERED: 3,
    State.FILTERED: 4,
    State.OPEN: 5,
}
"""Of several ports in one cell of the map, the highest code is shown; untested is between."""

_EVERY_S = 0.2
# Other rows mean other lines on the screen, also over a slow link.
_ARRANGE_EVERY_S = 0.5
# Arranging many rows takes its time: it may have this share of the scan's.
_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """One row: ports in a row with the same end; `result` is the first of them, `said` its words."""

    host: ScanHost
    ports: "PortRange"
    result: PortResult
    said: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is known at one moment: rows, open ports first, and for each place a code per port asked."""

    progress: Progress | None = None
    found: Sequence[Found] = ()
    codes: Mapping[Place, bytes] = field(default_factory=dict)


class Canvas:
    """Takes in results; `picture` arranges them, and only those places that have changed."""

    def __init__(self, plan: "Plan", ranges: "Callable[[Sequence[PortResult]], Sequence[PortRange]]") -> None:
        self._plan = plan
        self._ranges = ranges
        self._index = {
            protocol: {port: place for place, port in enumerate(ports)}
            for protocol, ports in plan.ports.items()
        }
        self._results: dict[Place, dict[int, PortResult]] = {}
        self._codes: dict[Place, bytearray] = {}
        self._said: dict[tuple[Place, int], str] = {}
        self._arranged: dict[Place, list[Found]] = {
            (host.address, protocol): [] for host in plan.hosts for protocol in plan.ports
        }
        self._rows: Sequence[Found] = ()
        self._seen: Mapping[Place, bytes] = {}
        self._changed: set[Place] = set()
        self._progress: Progress | None = None
        self._next_s = 0.0
        self._arrange_s = 0.0

    @property
    def results(self) -> list[PortResult]:
        """All of them; a list of its own."""
        return [result for of_place in self._results.values() for result in of_place.values()]

    def add(self, results: Iterable[PortResult], progress: Progress | None = None) -> None:
        """Take in what is new."""
        for one in results:
            place = one.address, one.protocol
            if place not in self._results:
                self._results[place] = {}
                self._codes[place] = bytearray([UNTESTED]) * len(self._plan.ports[one.protocol])
            self._results[place][one.port] = one
            self._codes[place][self._index[one.protocol][one.port]] = CODES[one.state]
            self._changed.add(place)
        self._progress = progress or self._progress

    def hear(self, result: PortResult, words: str) -> None:
        """Take in the first words of a port."""
        self._said[(result.address, result.protocol), result.port] = words
        self._changed.add((result.address, result.protocol))

    def add_reports(self, reports: "Iterable[HostReport]") -> None:
        """Take in what is known of whole hosts from before."""
        for report in reports:
            self.add(report.results)
            for one in report.results:
                if said := report.words_of(one):
                    self.hear(one, said.in_short)

    def picture_if_due(self) -> Picture | None:
        """A picture now and then; its rows are those of the one before while arranging costs too much."""
        now = time.monotonic()
        if now < self._next_s:
            return None
        self._next_s = now + _EVERY_S
        if now >= self._arrange_s:
            self._arrange()
            ended = time.monotonic()
            self._arrange_s = ended + max(_ARRANGE_EVERY_S, (ended - now) / _SHARE)
        return Picture(self._progress, self._rows, self._seen)

    def picture(self) -> Picture:
        """All that is known now."""
        self._arrange()
        return Picture(self._progress, self._rows, self._seen)

    def _arrange(self) -> None:
        for place in self._changed:
            self._arranged[place] = self._found(place)
        self._seen = {**self._seen, **{place: bytes(self._codes[place]) for place in self._changed}}
        self._changed.clear()
        rows = [row for of_place in self._arranged.values() for row in of_place]
        rows.sort(key=lambda row: row.ports.state is not State.OPEN)
        self._rows = rows

    def _found(self, place: Place) -> list[Found]:
        results = self._results[place]
        host = self._plan.by_address[place[0]]
        return [
            Found(host, ports, results[ports.first], self._said.get((place, ports.first), ""))
            for ports in self._ranges(list(results.values()))
        ]
