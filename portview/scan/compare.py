"""Two scans of the same targets: what is new, what is gone, what is different."""

from collections.abc import Iterable
from dataclasses import dataclass

from portview.scan.records import PortResult, Reason
from portview.vocabulary import State


@dataclass(frozen=True, slots=True)
class Change:
    """One port that both scans asked, with two different results."""

    before: PortResult
    now: PortResult


@dataclass(frozen=True, slots=True)
class Changes:
    """`new` ports are open now and were not, `gone` ones the other way round.

    `changed` are those that are open in neither and have another state or reason. Ports that only
    one of the scans asked tell nothing and are left out.
    """

    new: tuple[Change, ...] = ()
    gone: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)


def compare(before: Iterable[PortResult], now: Iterable[PortResult]) -> Changes:
    """Compare two scans, port by port; in the order of address, transport and port of `now`."""
    known = {(one.address, one.protocol, one.port): one for one in before}
    pairs = [
        Change(known[key], one)
        for one in now
        if (key := (one.address, one.protocol, one.port)) in known and _end(known[key]) != _end(one)
    ]
    pairs.sort(key=lambda change: (change.now.address, change.now.protocol, change.now.port))
    return Changes(
        tuple(one for one in pairs if _opened(one.before, one.now)),
        tuple(one for one in pairs if _opened(one.now, one.before)),
        tuple(one for one in pairs if State.OPEN not in (one.before.state, one.now.state)),
    )


def _end(result: PortResult) -> tuple[State, Reason | None]:
    """What counts as different: a closed port is closed, whatever told so."""
    return result.state, None if result.state is State.CLOSED else result.reason


def _opened(before: PortResult, now: PortResult) -> bool:
    return now.state is State.OPEN and before.state is not State.OPEN
