"""The handbook: how outcomes, patterns and causes belong together, and what tells them apart."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from portview.knowledge.files import path_of
from portview.knowledge.load import outcomes
from portview.knowledge.services import read_rows
from portview.knowledge.tables import Table, read, tables

Prints = tuple[tuple[str, str], ...]


class Place(NamedTuple):
    """Where a pattern stands: the outcome it belongs to and the causes it speaks for, the likeliest first."""

    outcome: str
    causes: tuple[str, ...]


@cache
def places() -> Mapping[str, Place]:
    """The place of every pattern."""
    rows = read_rows(path_of("handbook.tsv"), 3)
    return {
        pattern: Place(outcome, () if causes == "-" else tuple(causes.split()))
        for _, (pattern, outcome, causes) in rows
    }


def patterns_of(cause_id: str) -> tuple[str, ...]:
    """The patterns that speak for a cause."""
    return tuple(pattern for pattern, place in places().items() if cause_id in place.causes)


def outcomes_of(cause_id: str) -> tuple[str, ...]:
    """The outcomes that a cause shows as."""
    return tuple(dict.fromkeys(places()[pattern].outcome for pattern in patterns_of(cause_id)))


def causes_of(outcome_id: str) -> tuple[str, ...]:
    """The causes that an outcome can have, those of the commonest patterns first."""
    found = (cause for place in places().values() if place.outcome == outcome_id for cause in place.causes)
    return tuple(dict.fromkeys(found))


def patterns_in(outcome_id: str) -> tuple[str, ...]:
    """The finer patterns of an outcome."""
    return tuple(pattern for pattern, place in places().items() if place.outcome == outcome_id)


@cache
def apart(language: str = "en") -> Mapping[str, str]:
    """What decides for each cause against its neighbours."""
    table = Table(path := path_of(language, "apart.toml"), "", {"apart": read(path)})
    return dict(table.pairs("apart"))


@cache
def special_prints(language: str = "en") -> Mapping[str, Prints]:
    """What programs print for a pattern, where it is not what they print for its outcome."""
    path = path_of(language, "prints.toml")
    return {name: Table(path, "", {name: table.data}).pairs(name) for name, table in tables(path).items()}


def prints_of(pattern_id: str, language: str = "en") -> Prints:
    """What other programs print for a pattern, as (program, text)."""
    special = special_prints(language).get(pattern_id)
    return special or outcomes(language)[places()[pattern_id].outcome].prints
