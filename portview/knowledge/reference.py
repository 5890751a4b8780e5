"""The reference: everything that can be looked up, found as one types, and shown as pages."""

import difflib
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
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be looked up. `kind` is port, outcome, cause, pattern or question.

    `words` is what else finds it, in lower case.
    """

    id: str
    kind: str
    title: str
    words: str = ""


def find(query: str) -> Page | None:
    """The page for exactly what was asked (port, service, product, outcome, cause, question), else None."""
    wanted = _plain(query)
    if entry := _by_id().get(wanted) or _by_title().get(wanted):
        return entry_page(entry)
    number, _, transport = wanted.partition("/")
    if number.isascii() and number.isdigit() and len(number) <= 5 and int(number) <= _LAST_PORT:
        return pages.port_page(int(number)) if transport in ("", *Protocol) else None
    for protocol in Protocol:
        if (port := port_of(wanted, protocol)) is not None:
            return pages.port_page(port)
    port = _by_product().get(wanted)
    return pages.port_page(port) if port is not None else None


def search(query: str) -> tuple[Entry, ...]:
    """What fits as one types: exact matches, then beginnings, then what contains it. Empty: all topics."""
    wanted = _plain(query)
    if not wanted:
        return topics()
    ranked = [(place, entry) for entry in _entries() if (place := _fit(entry, wanted)) is not None]
    found = [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])]
    if (
        wanted.isascii()
        and wanted.isdigit()
        and int(wanted[:6]) <= _LAST_PORT
        and not _listed(int(wanted[:6]))
    ):
        found.insert(0, _bare_port(int(wanted)))
    return tuple(found[:_MOST_RESULTS])


def topics() -> tuple[Entry, ...]:
    """Questions, outcomes and causes: what there is to read."""
    return tuple(entry for entry in _entries() if entry.kind in ("question", "outcome", "cause"))


def suggest(query: str) -> tuple[str, ...]:
    """Near misses of a query that found nothing."""
    names = [*_by_id(), *(service.name for service in services().values())]
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
    return " ".join(text.lower().split()).strip("?")


def _fit(entry: Entry, wanted: str) -> int | None:
    """How well an entry fits, 0 best; None: not at all."""
    names = (entry.id.partition("/")[0], entry.id, *entry.words.split("\n")[0].split())
    if wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    if wanted in entry.title.lower():
        return 2
    return 3 if wanted in entry.id or wanted in entry.words else None


def _listed(port: int) -> bool:
    return any((port, protocol) in services() for protocol in Protocol)


def _bare_port(port: int) -> Entry:
    """A port that the table does not have."""
    name = service_name(port, Protocol.TCP) or service_name(port, Protocol.UDP)
    return Entry(str(port), "port", f"{port} {name}" if name else str(port))


@cache
def _entries() -> tuple[Entry, ...]:
    return (*_topics(), *_outcomes(), *_causes(), *_patterns(), *_ports())


@cache
def _by_id() -> dict[str, Entry]:
    return {entry.id: entry for entry in _entries()}


@cache
def _by_title() -> dict[str, Entry]:
    return {_plain(entry.title): entry for entry in _entries() if entry.kind != "port"}


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
        yield Entry(topic.id, "question", topic.question, "\n" + " ".join(topic.answer).lower())


def _outcomes() -> Iterator[Entry]:
    for outcome in load.outcomes().values():
        printed = " ".join(text for _, text in outcome.prints)
        yield Entry(outcome.id, "outcome", outcome.title, f"\n{outcome.meaning} {printed}".lower())


def _causes() -> Iterator[Entry]:
    general = load.phrases("words")["general"]
    for cause_id in load.cause_ids():
        text = load.cause(cause_id)
        words = fill(f"{text.explanation} {text.fix}", general)
        yield Entry(cause_id, "cause", fill(text.title, general), f"\n{words}".lower())


def _patterns() -> Iterator[Entry]:
    general = load.phrases("words")["general"]
    for pattern in load.patterns().values():
        # A failed lookup has one cause of the same name: that page says more.
        if pattern.id not in load.cause_ids():
            yield Entry(
                pattern.id,
                "pattern",
                fill(pattern.title, general),
                "\n" + fill(pattern.summary, general).lower(),
            )


def _ports() -> Iterator[Entry]:
    for service in services().values():
        product = f": {service.product}" if service.product else ""
        risk = " !" if (service.port, service.protocol.value) in load.risks() else ""
        title = f"{service.port}/{service.protocol} {service.name}{product}{risk}"
        words = f"{service.name}\n{(service.product or '').lower()}"
        yield Entry(f"{service.port}/{service.protocol}", "port", title, words)
