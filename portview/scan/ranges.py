"""Neighbouring ports with one and the same result, as one line: `135-139 filtered`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from portview.scan.records import PortResult, Reason
from portview.vocabulary import State

_ORDER = (State.OPEN, State.OPEN_OR_FILTERED, State.FILTERED, State.CLOSED)


@dataclass(frozen=True, slots=True)
class PortRange:
    """Ports from `first` to `last`; `count` of them were scanned, all with this result."""

    first: int
    last: int
    count: int
    state: State
    reason: Reason
    sender: str | None = None

    @property
    def label(self) -> str:
        """The ports in short, `22` or `135-139`."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def extent(self) -> str:
        """How many ports that are: `1 port`, `5 ports`, or `858 of 8118 asked`."""
        span = self.last - self.first + 1
        if self.count < span:
            return f"{self.count} of {span} asked"
        return "1 port" if span == 1 else f"{span} ports"


def findings(results: Iterable[PortResult], requested: Sequence[int] | None = None) -> tuple[PortRange, ...]:
    """Compress the results of one host: open first, then filtered, then closed, each ascending.

    Ports are neighbours when no other requested port lies between them. `requested` matters while
    results are still missing; None takes the results for all that was asked. Open ports stay single:
    each is a service of its own.
    """
    ordered = sorted(results, key=lambda result: result.port)
    asked = sorted({result.port for result in ordered} if requested is None else set(requested))
    place = {port: index for index, port in enumerate(asked)}

    def run(numbered: tuple[int, PortResult]) -> tuple[object, ...]:
        """Equal for neighbours: among them, the place grows by one just as the number does."""
        number, one = numbered
        single = one.port if one.state is State.OPEN else None
        return place[one.port] - number, one.state, one.reason, one.sender, single

    ranges = (_range([one for _, one in group]) for _, group in groupby(enumerate(ordered), run))
    return tuple(sorted(ranges, key=lambda one: (_ORDER.index(one.state), one.first)))


def _range(results: list[PortResult]) -> PortRange:
    first = results[0]
    return PortRange(first.port, results[-1].port, len(results), first.state, first.reason, first.sender)
