"""What a knock at a fault of the lab must lead to, whatever table the fault stands in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expected:
    """One fault in one family; `family` is `both` where a name leads to either.

    `cause` must come first. `truth` is what is really wrong: another cause where a knock alone cannot
    tell it from a likelier one. `also` is true besides. `same_as` names the fault of another table
    that this one repeats.
    """

    fault: str
    family: str
    outcome: str
    cause: str
    truth: str
    also: str | None = None
    same_as: str | None = None

    @property
    def is_fault(self) -> bool:
        """Whether anything is wrong; other rows are there to show that nothing is."""
        return self.truth != "healthy"

    @property
    def may_be_certain(self) -> frozenset[str]:
        """The causes that may be called certain."""
        return frozenset(cause for cause in (self.truth, self.also) if cause)
