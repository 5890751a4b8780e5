"""The reference: everything that can be looked up, found as one types, and shown as pages."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from portview.knowledge import load
from portview.knowledge import reference_pages as pages
from portview.knowledge.page import Page
from portview.knowledge.services import port_of, service_name, services
from portview.knowledge.template import fill
from portview.vocabulary import Protocol

_MOST_RESULTS = 200
_SUGGESTIONS = 3
# A port as people write it: `22`, `:22`, `22/tcp`, `port 22`.
_PORT = re.compile(r"(?:port\s*|:)?(?P<number>[0-9]{1,9})(?:/(?P<transport>tcp|udp))?", re.ASCII)
_WORD = re.compile(r"[\w'|-]+")
# What one word of a question is worth, by where it stands.
_IN_NAMES, _IN_TITLE, _IN_WORDS = 6, 4, 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be looked up. `kind` is port, outcome, cause, pattern or question.

    `names` are what it is also called, `words` the text that else finds it, both in lower case.
    """

    id: str
    kind: str
    title: str
    names: tuple[str, ...] = ()
    words: str = ""


def find(query: str) -> Page | None:
    """The page for exactly what was asked, else None.

    That is a port, service, product, outcome, cause, question, or an error message as programs
    print it.
    """
    found = _exact(_plain(query))
    return entry_page(found) if found else None


def search(query: str) -> tuple[Entry, ...]:
    """What fits as one types, the best first: what `find` finds, then beginnings, then what contains it.

    Where nothing contains the whole query, what shares most words with it. Empty: all topics.
    """
    wanted = _plain(query)
    if not wanted:
        return topics()
    if port := _PORT.fullmatch(wanted):
        wanted = "/".join(part for part in (port["number"], port["transport"]) if part)
    exact = _exact(wanted)
    ranked = [(place, entry) for entry in _entries() if (place := _fit(entry, wanted)) is not None]
    found = [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])]
    if exact is None and not found:
        found = _by_words(wanted)
    return tuple(dict.fromkeys((*([exact] if exact else []), *found)))[:_MOST_RESULTS]


def topics() -> tuple[Entry, ...]:
    """Questions, outcomes and causes: what there is to read."""
    return tuple(entry for entry in _entries() if entry.kind in ("question", "outcome", "cause"))


def suggest(query: str) -> tuple[str, ...]:
    """Near misses of a query that found nothing."""
    names = [*_by_name(), *(service.name for service in services().values())]
    return tuple(dict.fromkeys(difflib.get_close_matches(_plain(query), names, _SUGGESTIONS)))


def entry_page(entry: Entry) -> Page:
    """The page of one entry."""
    match entry.kind:
        case "port":
            return pages.port_page(int(entry.id.partition("/")[0]))
        case "outcome":
            return pages.outcome_page(entry.id)
        case "cause":
            return pages.cause_page(entry.id)
        case "pattern":
            return pages.pattern_page(entry.id)
        case _:
            return pages.topic_page(entry.id)


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip("?!.\"'")


def _exact(wanted: str) -> Entry | None:
    """The one entry that was named in full."""
    if entry := _by_name().get(wanted):
        return entry
    if port := _PORT.fullmatch(wanted):
        return _port_entry(int(port["number"]), port["transport"])
    for protocol in Protocol:
        if (number := port_of(wanted, protocol)) is not None:
            return _port_entry(number, protocol)
    product = _by_product().get(wanted)
    return _port_entry(product) if product is not None else None


def _port_entry(port: int, transport: str | None = None) -> Entry:
    """The entry of a port over one transport or either, made up where the table has none."""
    for protocol in (transport,) if transport else Protocol:
        if entry := _by_name().get(f"{port}/{protocol}"):
            return entry
    names = (service_name(port, protocol) for protocol in Protocol if port <= pages.LAST_PORT)
    name = next((name for name in names if name), None)
    return Entry(str(port), "port", f"{port} {name}" if name else str(port))


def _fit(entry: Entry, wanted: str) -> int | None:
    """How well an entry fits, 0 best; None: not at all."""
    names = (entry.id.partition("/")[0], entry.id, *entry.names)
    if wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    if wanted in entry.title.lower():
        return 2
    return 3 if wanted in entry.id or wanted in entry.words else None


def _by_words(question: str) -> list[Entry]:
    """Entries by the words that they share with a question; a message quoted in it comes first."""
    ignored = _ignored()
    asked = {word for word in _WORD.findall(question) if word not in ignored and len(word) > 1}
    scores = [(_score(entry, asked), entry) for entry in _entries()]
    found = [entry for score, entry in sorted(scores, key=lambda pair: -pair[0]) if score >= _IN_TITLE]
    padded = f" {' '.join(_WORD.findall(question))} "
    quoted = [name for name in _by_name() if f" {name} " in padded and name not in ignored]
    longest = sorted((name for name in quoted if len(name) > 2), key=len, reverse=True)
    return list(dict.fromkeys((*(_by_name()[name] for name in longest), *found)))


def _score(entry: Entry, asked: set[str]) -> int:
    total = 0
    names, title, words = _vocabulary(entry)
    for word in asked:
        if word in names:
            total += _IN_NAMES
        elif word in title:
            total += _IN_TITLE
        elif word in words:
            total += _IN_WORDS
    return total


@cache
def _vocabulary(entry: Entry) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The single words of an entry: of its names, its title and its text."""
    names = " ".join((entry.id, *entry.names)).replace("_", " ").replace("-", " ")
    return (
        frozenset(_WORD.findall(names)),
        frozenset(_WORD.findall(entry.title.lower())),
        frozenset(_WORD.findall(entry.words)),
    )


@cache
def _ignored() -> frozenset[str]:
    return frozenset(load.phrases("reference")["search"]["ignored"].split())


@cache
def _entries() -> tuple[Entry, ...]:
    return (*_topics(), *_outcomes(), *_causes(), *_patterns(), *_ports())


@cache
def _by_name() -> dict[str, Entry]:
    """Entries by id, alias and title; an id goes before an alias, and that before a title."""
    known: dict[str, Entry] = {}
    entries = [entry for entry in _entries() if entry.kind != "port"]
    for entry in _entries():
        known.setdefault(entry.id, entry)
    for entry in entries:
        for name in entry.names:
            known.setdefault(name, entry)
    for entry in entries:
        known.setdefault(_plain(entry.title), entry)
    return known


@cache
def _aliases() -> dict[str, tuple[str, ...]]:
    """What else each entry is called, by its id."""
    called: dict[str, tuple[str, ...]] = {}
    for alias, entry_id in load.phrases("reference")["alias"].items():
        called[entry_id] = (*called.get(entry_id, ()), alias)
    return called


def _entry(entry_id: str, kind: str, title: str, words: str) -> Entry:
    return Entry(entry_id, kind, title, _aliases().get(entry_id, ()), words.lower())


@cache
def _by_product() -> dict[str, int]:
    """The lowest port of each product."""
    ports: dict[str, int] = {}
    for service in services().values():
        for product in (service.product or "").lower().split(", "):
            ports.setdefault(product, service.port)
    ports.pop("", None)
    return ports


def _topics() -> Iterator[Entry]:
    for topic in load.topics().values():
        yield _entry(topic.id, "question", topic.question, " ".join(topic.answer))


def _outcomes() -> Iterator[Entry]:
    for outcome in load.outcomes().values():
        printed = " ".join(text for _, text in outcome.prints)
        yield _entry(outcome.id, "outcome", outcome.title, f"{outcome.meaning} {printed}")


def _causes() -> Iterator[Entry]:
    general = load.phrases("words")["general"]
    for cause_id in load.cause_ids():
        text = load.cause(cause_id)
        words = fill(f"{text.explanation} {text.fix}", general)
        yield _entry(cause_id, "cause", fill(text.title, general), words)


def _patterns() -> Iterator[Entry]:
    general = load.phrases("words")["general"]
    for pattern in load.patterns().values():
        # A failed lookup has one cause of the same name: that page says more.
        if pattern.id not in load.cause_ids():
            title, summary = fill(pattern.title, general), fill(pattern.summary, general)
            yield _entry(pattern.id, "pattern", title, summary)


def _ports() -> Iterator[Entry]:
    for service in services().values():
        product = f": {service.product}" if service.product else ""
        risk = " !" if (service.port, service.protocol.value) in load.risks() else ""
        title = f"{service.port}/{service.protocol} {service.name}{product}{risk}"
        products = (service.product or "").lower()
        yield Entry(f"{service.port}/{service.protocol}", "port", title, (service.name,), products)
