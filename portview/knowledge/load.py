"""The words as records: read from TOML when first needed, validated, then kept.

Causes have a file each, because a probe needs few of them; named tuples are made six times faster
than dataclasses, because every probe makes their classes. A broken file raises KnowledgeError,
which names the file and the key.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from portview.knowledge.files import KnowledgeError, path_of, stem, toml_files
from portview.knowledge.services import claimants
from portview.knowledge.tables import Table, parse, read, tables


class Kind(StrEnum):
    """How a statement is known: observed, following from facts by a tried rule, or only likely."""

    FACT = "fact"
    INFERENCE = "inference"
    GUESS = "guess"


class CheckText(NamedTuple):
    """One thing to do that confirms or excludes a cause; `where` is a key of `words.toml`, [where].

    In the file it is a `command` for a shell, or a `look` that is only described.
    """

    where: str
    text: str
    is_command: bool


class CauseText(NamedTuple):
    """A cause in words. `later` says why no rule concludes it yet, None when one does.

    `opens` says that the fix lets more machines reach the port.
    """

    id: str
    title: str
    explanation: str
    checks: tuple[CheckText, ...]
    fix: str
    see: tuple[str, ...]
    later: str | None
    opens: bool


class PatternText(NamedTuple):
    """What was seen, as a headline and one sentence."""

    id: str
    title: str
    summary: str


class FactText(NamedTuple):
    """One piece of evidence as a sentence."""

    id: str
    kind: Kind
    text: str


class OutcomeText(NamedTuple):
    """An outcome in the handbook. `prints` pairs a tool with what it says; `apart` tells causes apart."""

    id: str
    title: str
    meaning: str
    prints: tuple[tuple[str, str], ...]
    apart: tuple[str, ...]


class TopicText(NamedTuple):
    """A question of the reference with its answer, and commands that show it by hand.

    `make` are commands that make an example where this machine has none.
    """

    id: str
    question: str
    answer: tuple[str, ...]
    commands: tuple[str, ...]
    make: tuple[str, ...]
    see: tuple[str, ...]


class ToolText(NamedTuple):
    """A program that looks at a port by hand: what to read in its output, and where it misleads."""

    id: str
    title: str
    protocols: tuple[str, ...]
    at: str
    command: str
    look: str
    traps: tuple[str, ...]


class RiskText(NamedTuple):
    """Why a service is dangerous on a network; `level` is `high` or `medium`.

    Beside its ports it is known by `programs`, names as the kernel keeps them, and by `commands`, words
    that stand together in a command line.
    """

    id: str
    title: str
    level: str
    programs: frozenset[str]
    commands: tuple[str, ...]
    reason: str
    fix: str


class FindingText(NamedTuple):
    """What is unusual or unsafe about a socket of this machine; `level` is bad, warn or note."""

    id: str
    title: str
    level: str
    reason: str
    fix: str


@cache
def cause(cause_id: str, language: str = "en") -> CauseText:
    """One cause. Raises KnowledgeError when it has no file."""
    return read_cause(path_of(language, "causes", f"{cause_id}.toml"))


def read_cause(path: str) -> CauseText:
    """Read and validate the file of one cause."""
    table = Table(path, "", read(path))
    checks = []
    for check in table.tables("check"):
        is_command = check.has("command")
        text = check.text("command" if is_command else "look")
        checks.append(CheckText(check.text("where"), text, is_command))
        check.done()
    words = CauseText(
        stem(path),
        table.text("title"),
        table.text("explanation"),
        tuple(checks),
        table.text("fix", ""),
        table.texts("see"),
        table.text("later", "") or None,
        table.truth("opens"),
    )
    table.done()
    return words


@cache
def cause_ids(language: str = "en") -> tuple[str, ...]:
    """Every cause that has words, sorted."""
    return tuple(sorted(map(stem, toml_files(language, "causes"))))


@cache
def patterns(language: str = "en") -> Mapping[str, PatternText]:
    """Every pattern by its id."""
    return {name: _pattern(name, table) for name, table in tables(path_of(language, "patterns.toml")).items()}


@cache
def pattern(pattern_id: str, language: str = "en") -> PatternText:
    """One pattern, read alone: all of them would cost a probe more than its knock."""
    path = path_of(language, "patterns.toml")
    with open(path, encoding="utf-8") as file:
        before, head, rest = file.read().partition(f"[{pattern_id}]\n")
    if not head or (before and not before.endswith("\n")):
        raise KnowledgeError(f"{path}: there is no {pattern_id}")
    return _pattern(pattern_id, Table(path, pattern_id, parse(rest.partition("\n[")[0], path)))


def _pattern(pattern_id: str, table: Table) -> PatternText:
    text = PatternText(pattern_id, table.text("title"), table.text("summary"))
    table.done()
    return text


@cache
def facts(language: str = "en") -> Mapping[str, FactText]:
    """Every fact by its id; the file groups them by kind."""
    path = path_of(language, "facts.toml")
    found = {}
    for kind, table in tables(path).items():
        if kind not in tuple(Kind):
            raise KnowledgeError(f"{path}: {kind}: is neither fact, inference nor guess")
        for name, text in Table(path, "", {kind: table.data}).pairs(kind):
            if name in found:
                raise KnowledgeError(f"{path}: {kind}.{name}: is there twice")
            found[name] = FactText(name, Kind(kind), text)
    return found


@cache
def fact(fact_id: str, language: str = "en") -> FactText:
    """One fact, read alone as a `pattern` is: each stands on a line of its own."""
    path = path_of(language, "facts.toml")
    for group in _groups(path):
        kind, _, lines = group.partition("]")
        _, head, rest = lines.partition(f"\n{fact_id} = ")
        if head:
            table = Table(path, kind, parse(f"{fact_id} = {rest.partition(chr(10))[0]}", path))
            return FactText(fact_id, Kind(kind), table.text(fact_id))
    raise KnowledgeError(f"{path}: there is no {fact_id}")


@cache
def _groups(path: str) -> tuple[str, ...]:
    """The text of a file, table by table, each from its name on."""
    with open(path, encoding="utf-8") as file:
        return tuple(file.read().split("\n[")[1:])


@cache
def outcomes(language: str = "en") -> Mapping[str, OutcomeText]:
    """Every outcome by its id."""
    found = {}
    for name, table in tables(path_of(language, "outcomes.toml")).items():
        title, meaning = table.text("title"), table.text("meaning")
        found[name] = OutcomeText(name, title, meaning, table.pairs("prints"), table.texts("apart"))
        table.done()
    return found


@cache
def topics(language: str = "en") -> Mapping[str, TopicText]:
    """Every topic of the reference by its id, in the order of the files' names."""
    found = {}
    for path in toml_files(language, "topics"):
        table = Table(path, "", read(path))
        topic_id = table.text("id")
        found[topic_id] = TopicText(
            topic_id,
            table.text("question"),
            table.texts("answer"),
            table.texts("commands"),
            table.texts("make"),
            table.texts("see"),
        )
        table.done()
    return found


@cache
def tools(language: str = "en") -> Mapping[str, ToolText]:
    """Every tool by its id, in the order of the file."""
    found = {}
    for name, table in tables(path_of(language, "by_hand.toml")).items():
        found[name] = ToolText(
            name,
            table.text("title"),
            table.texts("protocols"),
            table.text("at"),
            table.text("command"),
            table.text("look"),
            table.texts("traps"),
        )
        table.done()
    return found


@cache
def findings(language: str = "en") -> Mapping[str, FindingText]:
    """What can be unusual about a socket, by its id."""
    found = {}
    for name, table in tables(path_of(language, "findings.toml")).items():
        level = table.choice("level", ("bad", "warn", "note"))
        found[name] = FindingText(name, table.text("title"), level, table.text("reason"), table.text("fix"))
        table.done()
    return found


@cache
def risk_texts(language: str = "en") -> Mapping[str, RiskText]:
    """Every kind of danger by its id."""
    found = {}
    for name, table in tables(path_of(language, "risky.toml")).items():
        found[name] = RiskText(
            name,
            table.text("title"),
            table.choice("level", ("high", "medium")),
            frozenset(table.texts("programs")),
            table.texts("commands"),
            table.text("reason"),
            table.text("fix"),
        )
        table.done()
    return found


@cache
def risks(language: str = "en") -> Mapping[tuple[int, str], RiskText]:
    """What is dangerous on a network, by (port, transport): the danger of the usual service."""
    texts = risk_texts(language)
    return {
        (port, protocol.value): texts[all_of[0].risk]
        for (port, protocol), all_of in claimants().items()
        if all_of[0].risk
    }


@cache
def phrases(file: str, language: str = "en") -> Mapping[str, Mapping[str, str]]:
    """The short phrases of `words`, `sockets` or `scan`, by group and key."""
    path = path_of(language, f"{file}.toml")
    data = Table(path, "", read(path))
    return {group: dict(data.pairs(group)) for group in tuple(data.data)}
