"""Short ways to write a finding down."""

from collections.abc import Callable, Iterable, Sequence

from portview.diagnose.evidence import Evidence
from portview.diagnose.records import Fact, Finding
from portview.vocabulary import Confidence

Rule = Callable[[Evidence], Iterable[Finding]]
Item = str | Fact  # a fact, by its id where it brings no values of its own


def certain(
    cause: str,
    *because: Item,
    weight: int = 0,
    against: Sequence[Item] = (),
    aside: bool = False,
    astray: bool = False,
) -> Finding:
    """A fact among `because` excludes everything else."""
    return Finding(cause, Confidence.CERTAIN, _facts(because), weight, _facts(against), aside, astray)


def likely(
    cause: str,
    *because: Item,
    weight: int = 0,
    against: Sequence[Item] = (),
    aside: bool = False,
    astray: bool = False,
) -> Finding:
    """It follows from the facts by a rule that was tried."""
    return Finding(cause, Confidence.LIKELY, _facts(because), weight, _facts(against), aside, astray)


def possible(
    cause: str,
    *because: Item,
    weight: int = 0,
    against: Sequence[Item] = (),
    aside: bool = False,
    astray: bool = False,
) -> Finding:
    """The facts leave room for it."""
    return Finding(cause, Confidence.POSSIBLE, _facts(because), weight, _facts(against), aside, astray)


def fact(fact_id: str, **values: str) -> Fact:
    """A fact that names values of its own, beside those of the observation."""
    return Fact(fact_id, tuple(values.items()))


def hung(evidence: Evidence, *because: Item, weight: int) -> Finding:
    """A connection that nobody serves: the program hangs, unless it is seen to take its connections."""
    if evidence.accepts_here:
        return possible("service_hung", *because, weight=weight, against=["here_accepted"])
    return likely("service_hung", *because, "kernel_accepts", weight=weight)


def _facts(items: Sequence[Item]) -> tuple[Fact, ...]:
    return tuple(item if isinstance(item, Fact) else Fact(item) for item in items)
