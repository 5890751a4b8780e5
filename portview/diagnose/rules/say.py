"""Short ways to write a finding down."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from portview.diagnose.evidence import Evidence
from portview.diagnose.records import Fact, Finding
from portview.vocabulary import Confidence

Rule = Callable[[Evidence], Iterable[Finding]]
Item = str | Fact  # a fact, by its id where it brings no values of its own


def _find(
    confidence: Confidence,
    cause: str,
    *because: Item,
    weight: int = 0,
    against: Sequence[Item] = (),
    aside: bool = False,
    astray: bool = False,
) -> Finding:
    """A cause and the facts for and against it; see `Finding` for what orders and marks it."""
    return Finding(cause, confidence, _facts(because), weight, _facts(against), aside, astray)


certain = partial(_find, Confidence.CERTAIN)
"""A fact among `because` excludes everything else."""

likely = partial(_find, Confidence.LIKELY)
"""It follows from the facts by a rule that was tried."""

possible = partial(_find, Confidence.POSSIBLE)
"""The facts leave room for it."""


def fact(fact_id: str, **values: str) -> Fact:
    """A fact that names values of its own, beside those of the observation."""
    return Fact(fact_id, tuple(values.items()))


def hung(evidence: Evidence, *because: Item, weight: int) -> Finding:
    """A connection that nobody serves: the program hangs, unless it is seen to take its connections."""
    if evidence.here.accepts:
        return possible("service_hung", *because, weight=weight, against=["here_accepted"])
    return likely("service_hung", *because, "kernel_accepts", weight=weight)


def _facts(items: Sequence[Item]) -> tuple[Fact, ...]:
    return tuple(item if isinstance(item, Fact) else Fact(item) for item in items)
