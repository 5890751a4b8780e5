"""The reference: everything that can be looked up, shown as pages, with its neighbours."""

from collections.abc import Iterable, Iterator

from portview.knowledge import handbook, load
from portview.knowledge import handbook_pages as pages
from portview.knowledge.by_hand import by_hand_page, tool_page
from portview.knowledge.entries import Entry, by_id, slug
from portview.knowledge.page import Page
from portview.knowledge.port_pages import port_page, provider_page, range_page
from portview.knowledge.provider_blocks import blocks_for
from portview.knowledge.search import answer, by_hand_entry, each, exact, fits, search, suggest, topics
from portview.vocabulary import Protocol

__all__ = [
    "Entry",
    "answer",
    "each",
    "entry_page",
    "exact",
    "find",
    "fits",
    "neighbours",
    "search",
    "suggest",
    "topics",
]


def find(query: str) -> Page | None:
    """The page for exactly what was asked, else None.

    That is a port, a range, a service, product, outcome, cause, tool, provider or question, or an
    error message as programs print it.
    """
    entry = exact(query)
    return entry_page(entry) if entry else None


def entry_page(entry: Entry, host: str | None = None) -> Page:
    """The page of one entry; commands by hand are filled in for `host`, which must be safe to show."""
    if entry.port is not None:
        if entry.last is not None:
            return range_page(entry.port, entry.last)
        if entry.kind == "by hand" and entry.protocol is not None:
            return by_hand_page(host or load.phrases("words")["general"]["host"], entry.port, entry.protocol)
        # "3000/tcp gitea" is one of several on its port, and the one that was looked for.
        return port_page(entry.port, entry.names[0] if " " in entry.id else None)
    match entry.kind:
        case "outcome":
            return pages.outcome_page(entry.id)
        case "cause":
            return pages.cause_page(entry.id)
        case "pattern":
            return pages.pattern_page(entry.id)
        case "tool":
            return tool_page(entry.id)
        case "provider":
            return provider_page(entry.id)
        case _:
            return pages.topic_page(entry.id)


def neighbours(entry: Entry) -> tuple[Entry, ...]:
    """What is worth reading next, the nearest first; never the entry itself."""
    found = dict.fromkeys(_neighbours(entry))
    found.pop(entry, None)
    return tuple(found)


def _neighbours(entry: Entry) -> Iterator[Entry]:
    match entry.kind:
        case "question":
            yield from _known(load.topics()[entry.id].see)
        case "outcome":
            yield from _known(handbook.causes_of(entry.id))
            yield from _known(handbook.patterns_in(entry.id))
        case "cause":
            yield from _known(load.cause(entry.id).see)
            yield from _known(handbook.outcomes_of(entry.id))
            yield from _known(handbook.patterns_of(entry.id))
        case "pattern":
            place = handbook.places()[entry.id]
            yield from _known((place.outcome, *place.causes))
        case "tool":
            yield from _known(("tool-traps", *load.tools()))
        case "provider":
            yield from _known(("blocked-ports", "provider_port_block_in", "provider_port_block_out"))
        case "range":
            yield from search(entry.id)
            yield from _known(("port-ranges",))
        case _:
            yield from _about_port(entry)


def _about_port(entry: Entry) -> Iterator[Entry]:
    if entry.port is None:
        return
    for protocol in (entry.protocol,) if entry.protocol else Protocol:
        if commands := by_hand_entry(entry.port, protocol):
            yield commands
    yield from (one for one in by_id().values() if one.port == entry.port)
    for protocol in Protocol:
        yield from _known(slug(block.provider) for block in blocks_for(entry.port, protocol))
    yield from _known(("port-ranges", "my-ports", "service-names"))


def _known(ids: Iterable[str]) -> Iterator[Entry]:
    """Their entries; a pattern that is a cause as well has one under its name."""
    return (by_id()[entry_id] for entry_id in ids if entry_id in by_id())
