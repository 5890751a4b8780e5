"""Short ways to write a finding down."""

from collections.abc import Callable, Iterable

from portview.diagnose.evidence import Evidence
from portview.diagnose.records import Fact, Finding
from portview.vocabulary import Confidence

Rule = Callable[[Evidence], Iterable[Finding]]


def certain(cause: str, *because: str | Fact, weight: int = 0) -> Finding:
    """A fact among `because` excludes everything else."""
    return _finding(cause, Confidence.CERTAIN, because, weight)


def likely(cause: str, *because: str | Fact, weight: int = 0) -> Finding:
    """It follows from the facts by a rule that was tried."""
    return _finding(cause, Confidence.LIKELY, because, weight)


def possible(cause: str, *because: str | Fact, weight: int = 0) -> Finding:
    """The facts leave room for it."""
    return _finding(cause, Confidence.POSSIBLE, because, weight)


def fact(fact_id: str, **values: str) -> Fact:
    """A fact that names values of its own, beside those of the observation."""
    return Fact(fact_id, tuple(values.items()))


def _finding(cause: str, confidence: Confidence, because: tuple[str | Fact, ...], weight: int) -> Finding:
    facts = tuple(item if isinstance(item, Fact) else Fact(item) for item in because)
    return Finding(cause, confidence, facts, weight)
