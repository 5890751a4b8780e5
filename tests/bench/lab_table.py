"""Every fault of the lab, what an ordinary user's knock makes of it, and how often that is right.

    sudo python tests/bench/lab_table.py [--json]

Builds the lab of tests/lab, knocks at each fault as uid 65534, and prints a line a fault, then totals.
A first cause is right by the truth when it is what is really wrong; by the evidence when it is what
nobody could tell better from what a knock shows. A cause that is called certain and is not true, or a
wrong outcome, makes the exit status 1; status 2 says that the lab cannot be built.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.lab import faults as network_faults
from tests.lab import names, path_faults
from tests.lab.expected import Expected
from tests.lab.network import Lab, built, cannot_build

_TABLES: Sequence[ModuleType] = (network_faults, path_faults, names)
_HEAD = ("fault", "family", "outcome", "first cause", "confidence", "seconds", "")


@dataclass(frozen=True, slots=True)
class Row:
    """One knock: what it had to lead to, and what it led to."""

    expected: Expected
    outcome: str
    cause: str | None
    confidence: str | None
    wrongly_certain: tuple[str, ...]
    seconds: float

    @property
    def outcome_is_right(self) -> bool:
        return self.outcome == self.expected.outcome

    @property
    def is_true(self) -> bool:
        """Whether the first cause is what is really wrong."""
        return self.cause == self.expected.truth

    @property
    def is_best(self) -> bool:
        """Whether the first cause is the likeliest by what can be seen."""
        return self.cause in (self.expected.truth, self.expected.cause)


def row(expected: Expected, answer: dict[str, Any]) -> Row:
    diagnosis = answer["diagnosis"]
    causes = diagnosis["causes"]
    first = causes[0] if causes else {"id": None, "confidence": None}
    certain = (cause["id"] for cause in causes if cause["confidence"] == "certain")
    return Row(
        expected,
        diagnosis["outcome"],
        first["id"],
        first["confidence"],
        tuple(cause for cause in certain if cause not in expected.may_be_certain),
        round(answer["observation"]["elapsed_ms"] / 1000, 2),
    )


def measure(lab: Lab) -> Iterator[Row]:
    for table in _TABLES:
        table.set_up(lab)
        yield from map(row, table.expected(), lab.knock(table.orders(lab)))


def totals(rows: Sequence[Row]) -> dict[str, float]:
    """Counts and shares; what repeats another fault counts only where it is wrongly called certain."""
    wrongly_certain = sum(len(one.wrongly_certain) for one in rows)
    rows = [one for one in rows if one.expected.same_as is None]
    faults = [one.expected.fault for one in rows if one.expected.is_fault]
    return {
        "faults": len(set(faults)),
        "faults_counting_families_apart": len(faults),
        "knocks_where_nothing_is_wrong": len(rows) - len(faults),
        "knocks": len(rows),
        "outcomes_right_percent": percent([one.outcome_is_right for one in rows]),
        "first_causes_right_by_truth_percent": percent([one.is_true for one in rows]),
        "first_causes_right_by_evidence_percent": percent([one.is_best for one in rows]),
        "wrongly_certain": wrongly_certain,
    }


def percent(right: Sequence[bool]) -> float:
    return round(100 * sum(right) / len(right), 1)


def cells(one: Row) -> tuple[str, ...]:
    """A line of the table; what was expected stands behind what was got where the two differ."""
    expected = one.expected
    remarks = [f"{cause} is certain and not true" for cause in one.wrongly_certain]
    if not one.outcome_is_right:
        remarks.append("wrong outcome")
    if not one.is_best:
        remarks.append("wrong cause")
    return (
        expected.fault,
        expected.family,
        got(one.outcome, expected.outcome),
        got(one.cause, expected.truth),
        one.confidence or "-",
        f"{one.seconds:.2f}",
        ", ".join(remarks),
    )


def got(value: str | None, expected: str) -> str:
    return expected if value == expected else f"{value or '-'} (is {expected})"


def text(rows: Sequence[Row]) -> str:
    lines = [_HEAD, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    sums = (f"{value:g}  {name.replace('_', ' ')}" for name, value in totals(rows).items())
    return "\n".join([*table, "", *sums])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    as_json = parser.parse_args().json
    if reason := cannot_build():
        sys.stderr.write(f"{reason}\n")
        sys.exit(2)
    with built() as lab:
        rows = list(measure(lab))
    report = json.dumps({"rows": list(map(asdict, rows)), "totals": totals(rows)}, indent=1, default=sorted)
    sys.stdout.write((report if as_json else text(rows)) + "\n")
    sys.exit(any(not one.outcome_is_right or one.wrongly_certain for one in rows))


if __name__ == "__main__":
    main()
