"""What a knock at a fault of the lab must lead to, whatever table the fault stands in."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expected:
    """One fault in one family; `family` is `both` where a name leads to either.

    `cause` must come first. `truth` is what is really wrong: another cause where a knock alone cannot
    tell it from a likelier one. `also` are true besides; `perhaps` is true as well, and not
    seen in every knock. `same_as` names the fault of another table that this one repeats.
    """

    fault: str
    family: str
    outcome: str
    cause: str
    truth: str
    also: frozenset[str] = frozenset()
    same_as: str | None = None
    perhaps: str | None = None

    @property
    def is_fault(self) -> bool:
        """Whether anything is wrong; other rows are there to show that nothing is."""
        return self.truth != "healthy"

    @property
    def true(self) -> frozenset[str]:
        """The causes that must be listed."""
        return self.also | {self.truth}

    @property
    def may_be_certain(self) -> frozenset[str]:
        """The causes that may be called certain."""
        return self.true | several(self.perhaps)


def several(also: str | Sequence[str] | None) -> frozenset[str]:
    """What a table says of further true causes: none, one or a list."""
    return frozenset([also] if isinstance(also, str) else also or ())
