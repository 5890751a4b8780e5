"""The words as records: read from TOML when first needed, validated, then kept.

Causes have a file each, because a probe needs few of them; named tuples are made six times faster
than dataclasses, because every probe makes their classes. A broken file raises KnowledgeError,
which names the file and the key.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from portview.knowledge.files import path_of, stem, toml_files
from portview.knowledge.template import placeholders


class KnowledgeError(Exception):
    """A data file is missing or malformed; the message names the file and the key."""


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
    """A cause in words. `later` says why no rule concludes it yet, None when one does."""

    id: str
    title: str
    explanation: str
    checks: tuple[CheckText, ...]
    fix: str
    see: tuple[str, ...]
    later: str | None


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
    """A question of the reference with its answer, and commands that show it by hand."""

    id: str
    question: str
    answer: tuple[str, ...]
    commands: tuple[str, ...]


class RiskText(NamedTuple):
    """Why a service is dangerous on a network; `ports` as (port, transport) pairs."""

    id: str
    title: str
    ports: frozenset[tuple[int, str]]
    reason: str
    fix: str


class _Table:
    """One TOML table, read key by key; `done` refuses keys that nobody asked for."""

    def __init__(self, path: str, name: str, data: object) -> None:
        self._path, self._name = path, name
        if not isinstance(data, dict):
            raise self.error("is not a table")
        self._data: dict[str, object] = dict(data)

    def error(self, message: str, key: str = "") -> KnowledgeError:
        place = ".".join(part for part in (self._name, key) if part)
        return KnowledgeError(f"{self._path}: {place}: {message}" if place else f"{self._path}: {message}")

    def has(self, key: str) -> bool:
        return key in self._data

    def text(self, key: str, default: str | None = None) -> str:
        value = self._data.pop(key, default)
        if not isinstance(value, str) or not (value.strip() or default is not None):
            raise self.error("is missing or not a text", key)
        try:
            placeholders(value)
        except ValueError as error:
            raise self.error(str(error), key) from error
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(item if isinstance(item, str) else self._not_text(key) for item in self._list(key))

    def integers(self, key: str) -> tuple[int, ...]:
        values = self._list(key)
        numbers = tuple(value for value in values if isinstance(value, int))
        if len(numbers) != len(values):
            raise self.error("is not a list of whole numbers", key)
        return numbers

    def tables(self, key: str) -> tuple["_Table", ...]:
        return tuple(_Table(self._path, f"{self._name}{key}", item) for item in self._list(key))

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        table = _Table(self._path, f"{self._name}.{key}", self._data.pop(key, None))
        return tuple((name, table.text(name)) for name in tuple(table._data))

    def done(self) -> None:
        if self._data:
            raise self.error("is not a known key", min(self._data))

    def _list(self, key: str) -> list[object]:
        value = self._data.pop(key, [])
        if not isinstance(value, list):
            raise self.error("is not a list", key)
        return value

    def _not_text(self, key: str) -> str:
        raise self.error("is not a list of texts", key)


def _read(path: str) -> dict[str, object]:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise KnowledgeError(f"{path}: there is no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path}: {error}") from error


def _tables(path: str) -> dict[str, _Table]:
    """The top-level tables of a file by their names."""
    return {name: _Table(path, name, data) for name, data in _read(path).items()}


@cache
def cause(cause_id: str, language: str = "en") -> CauseText:
    """One cause. Raises KnowledgeError when it has no file."""
    return read_cause(path_of(language, "causes", f"{cause_id}.toml"))


def read_cause(path: str) -> CauseText:
    """Read and validate the file of one cause."""
    table = _Table(path, "", _read(path))
    checks = []
    for check in table.tables("check"):
        is_command = check.has("command")
        text = check.text("command" if is_command else "look")
        checks.append(CheckText(check.text("where"), text, is_command))
        check.done()
    read = CauseText(
        stem(path),
        table.text("title"),
        table.text("explanation"),
        tuple(checks),
        table.text("fix", ""),
        table.texts("see"),
        table.text("later", "") or None,
    )
    table.done()
    return read


@cache
def cause_ids(language: str = "en") -> tuple[str, ...]:
    """Every cause that has words, sorted."""
    return tuple(sorted(map(stem, toml_files(language, "causes"))))


@cache
def patterns(language: str = "en") -> Mapping[str, PatternText]:
    """Every pattern by its id."""
    tables = _tables(path_of(language, "patterns.toml"))
    return {name: _pattern(name, table) for name, table in tables.items()}


@cache
def pattern(pattern_id: str, language: str = "en") -> PatternText:
    """One pattern, read alone: all of them would cost a probe more than its knock."""
    path = path_of(language, "patterns.toml")
    with open(path, encoding="utf-8") as file:
        before, head, rest = file.read().partition(f"[{pattern_id}]\n")
    if not head or (before and not before.endswith("\n")):
        raise KnowledgeError(f"{path}: there is no {pattern_id}")
    try:
        data = tomllib.loads(rest.partition("\n[")[0])
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"{path}: {pattern_id}: {error}") from error
    return _pattern(pattern_id, _Table(path, pattern_id, data))


def _pattern(pattern_id: str, table: _Table) -> PatternText:
    text = PatternText(pattern_id, table.text("title"), table.text("summary"))
    table.done()
    return text


@cache
def facts(language: str = "en") -> Mapping[str, FactText]:
    """Every fact by its id; the file groups them by kind."""
    path = path_of(language, "facts.toml")
    found = {}
    for kind, table in _tables(path).items():
        if kind not in tuple(Kind):
            raise KnowledgeError(f"{path}: {kind}: is neither fact, inference nor guess")
        for name, text in _Table(path, "", {kind: table._data}).pairs(kind):
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
            table = _Table(path, kind, tomllib.loads(f"{fact_id} = {rest.partition(chr(10))[0]}"))
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
    for name, table in _tables(path_of(language, "outcomes.toml")).items():
        title, meaning = table.text("title"), table.text("meaning")
        found[name] = OutcomeText(name, title, meaning, table.pairs("prints"), table.texts("apart"))
        table.done()
    return found


@cache
def topics(language: str = "en") -> Mapping[str, TopicText]:
    """Every topic of the reference by its id, in the order of the files' names."""
    found = {}
    for path in toml_files(language, "topics"):
        table = _Table(path, "", _read(path))
        topic_id = table.text("id")
        found[topic_id] = TopicText(
            topic_id, table.text("question"), table.texts("answer"), table.texts("commands")
        )
        table.done()
    return found


@cache
def risks(language: str = "en") -> Mapping[tuple[int, str], RiskText]:
    """What is dangerous on a network, by (port, transport)."""
    found = {}
    for name, table in _tables(path_of(language, "risky.toml")).items():
        ports = {(port, transport) for transport in ("tcp", "udp") for port in table.integers(transport)}
        risk = RiskText(name, table.text("title"), frozenset(ports), table.text("reason"), table.text("fix"))
        table.done()
        found.update(dict.fromkeys(sorted(ports), risk))
    return found


@cache
def phrases(file: str, language: str = "en") -> Mapping[str, Mapping[str, str]]:
    """The short phrases of `words`, `sockets` or `scan`, by group and key."""
    path = path_of(language, f"{file}.toml")
    data = _Table(path, "", _read(path))
    return {group: dict(data.pairs(group)) for group in tuple(data._data)}
