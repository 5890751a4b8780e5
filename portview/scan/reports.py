"""What is left of a scan once a host, or all of it, is through: the source of every output format."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from portview.scan.records import HostFacts, HostVerdict, PortResult, ScanHost
from portview.scan.said import Said
from portview.vocabulary import Protocol, State

# A host's most common state is only counted when more ports than this have it.
_LISTED_ANYWAY = 25


@dataclass(frozen=True)
class HostReport:
    """One host: all its finished ports, ascending by transport and number, out of `requested`.

    `said` are the first words of its open ports, by transport and number. `was_skipped` says that it
    was left on request.
    """

    host: ScanHost
    results: tuple[PortResult, ...]
    requested: int
    verdict: HostVerdict | None = None
    facts: HostFacts | None = None
    said: Mapping[tuple[Protocol, int], Said] = field(default_factory=dict)
    was_skipped: bool = False

    @property
    def address(self) -> str:
        """The address that was scanned."""
        return self.host.address

    @cached_property
    def counts(self) -> Mapping[State, int]:
        """How many ports have each state."""
        return Counter(result.state for result in self.results)

    @cached_property
    def left_out(self) -> Mapping[Protocol, State]:
        """The state of each transport that so many ports have that a list of them tells nothing."""
        found = {}
        for protocol in Protocol:
            counts = Counter(one.state for one in self.results if one.protocol is protocol)
            state, count = max(counts.items(), key=lambda pair: pair[1], default=(State.OPEN, 0))
            if state is not State.OPEN and count > _LISTED_ANYWAY:
                found[protocol] = state
        return found

    @cached_property
    def listed(self) -> tuple[PortResult, ...]:
        """Every open port, and every port whose state is not one that is left out."""
        return tuple(one for one in self.results if one.state is not self.left_out.get(one.protocol))

    def words_of(self, result: PortResult) -> Said | None:
        """The first words of a port."""
        return self.said.get((result.protocol, result.port))


@dataclass(frozen=True, slots=True)
class Totals:
    """How a whole scan ended. `started` and `ended` are ISO 8601 with a zone.

    `elapsed_s` is how long it ran: less than lies between the two where it was resumed. Without `ended`
    it ran in one go. One that was `cancelled` may have all ports, but not the first words of each.
    `gave_up` is the errno of a lasting shortage on this machine that ended it early.
    """

    started: str
    elapsed_s: float
    requested: int
    done: int
    cancelled: bool = False
    gave_up: str | None = None
    ended: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every port that was asked for has its result."""
        return not self.cancelled and self.gave_up is None and self.done >= self.requested
