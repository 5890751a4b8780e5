"""Neighbouring ports with one and the same result, as one line: `135-139 filtered`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from portview.scan.records import PortResult, Reason
from portview.vocabulary import State

_ORDER = (State.OPEN, State.OPEN_OR_FILTERED, State.FILTERED, State.CLOSED)


@dataclass(frozen=True, slots=True)
class PortRange:
    """Ports from `first` to `last`; `count` of them were scanned, all with this result.

    `withheld` of them are rejections whose ICMP error was not sent, for want of tokens (`rate-limited`
    beside ports that the same sender rejected).
    """

    first: int
    last: int
    count: int
    state: State
    reason: Reason
    sender: str | None = None
    withheld: int = 0

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
    asked = None if requested is None else sorted(set(requested))
    place = None if asked is None else {port: index for index, port in enumerate(asked)}
    runs: list[list[PortResult]] = []
    last: PortResult | None = None
    reason: Reason | None = None
    for one in sorted(results, key=attrgetter("port")):
        if (
            last is not None
            and reason is not None
            and last.state is one.state is not State.OPEN
            and last.sender == one.sender
            and (common := _common(reason, one.reason))
            and (place is None or place[one.port] == place[last.port] + 1)
        ):
            runs[-1].append(one)
            reason = common
        else:
            runs.append([one])
            reason = one.reason
        last = one
    ranges = map(_range, runs)
    return tuple(sorted(ranges, key=lambda one: (_ORDER.index(one.state), one.first)))


def _common(one: Reason, other: Reason) -> Reason | None:
    """What may be said of both, when one sender has caused both: a withheld error is like one that came."""
    if one is other or other is Reason.RATE_LIMITED:
        return one
    return other if one is Reason.RATE_LIMITED else None


def _range(results: list[PortResult]) -> PortRange:
    first, last = results[0], results[-1]
    reason = next((one.reason for one in results if one.reason is not Reason.RATE_LIMITED), first.reason)
    withheld = sum(one.reason is not reason for one in results)
    return PortRange(first.port, last.port, len(results), first.state, reason, first.sender, withheld)
