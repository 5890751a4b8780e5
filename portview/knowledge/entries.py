"""Everything that can be looked up, as entries with their names and words."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from portview.knowledge import load
from portview.knowledge.provider_blocks import blocks
from portview.knowledge.services import Claimant, claimants, sentence
from portview.knowledge.template import fill
from portview.vocabulary import Protocol

# What separates the products of a service: "DNS: dnsmasq, unbound", "mail server (Postfix, Exim)".
_PRODUCTS = re.compile(r", |: | \(|\)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be looked up.

    `kind` is question, outcome, cause, pattern, tool, provider, port, range or "by hand". `names` are
    what it is also called, `words` the text that else finds it, both in lower case. A port has its
    `port`, `protocol`, the `risk` that its page tells of, and `aliases`, which others may have as well; a
    range its first and last port.
    """

    id: str
    kind: str
    title: str
    names: tuple[str, ...] = ()
    words: str = ""
    port: int | None = None
    protocol: Protocol | None = None
    risk: str | None = None
    last: int | None = None
    aliases: tuple[str, ...] = ()


@cache
def entries() -> tuple[Entry, ...]:
    """All of them; what explains comes before what lists."""
    return (*_questions(), *_outcomes(), *_causes(), *_tools(), *_patterns(), *_providers(), *_ports())


@cache
def by_id() -> Mapping[str, Entry]:
    """Every entry by its id."""
    return {entry.id: entry for entry in entries()}


@cache
def by_name() -> Mapping[str, Entry]:
    """Entries by id, alias and title; an id goes before an alias, and that before a title."""
    known = dict(by_id())
    others = [entry for entry in entries() if entry.kind != "port"]
    for alias, entry_id in load.phrases("reference")["alias"].items():
        known.setdefault(alias, by_id()[entry_id])
    for entry in others:
        for name in entry.names:
            known.setdefault(name, entry)
    for entry in others:
        known.setdefault(plain(entry.title), entry)
    return known


@cache
def by_service() -> Mapping[str, Entry]:
    """Entries by the names of their services; where a service is first on its port goes before."""
    return _called(lambda entry: entry.names[:1])


@cache
def by_product() -> Mapping[str, Entry]:
    """Entries by the names of their products, in the same order."""
    return _called(lambda entry: entry.names[1:])


@cache
def by_alias() -> Mapping[str, Entry]:
    """Entries by what else their services are called, in the same order."""
    return _called(lambda entry: entry.aliases)


def _called(names: Callable[[Entry], Iterable[str]]) -> Mapping[str, Entry]:
    found: dict[str, Entry] = {}
    ports = (entry for entry in entries() if entry.kind == "port")
    for entry in sorted(ports, key=lambda entry: " " in entry.id):
        for name in names(entry):
            found.setdefault(name, entry)
    return found


def plain(text: str) -> str:
    """A query or title as it is compared: lower case, single spaces, no punctuation around it."""
    return " ".join(text.lower().split()).strip("?!.\"'`\uff1f\uff01\u3002\u201c\u201d")


def slug(name: str) -> str:
    """A name as an id: "AWS EC2" is aws-ec2."""
    return "-".join(re.findall(r"[^\W_]+", name.lower()))


@cache
def _aliases() -> Mapping[str, tuple[str, ...]]:
    """What else each entry is called, by its id."""
    called: dict[str, tuple[str, ...]] = {}
    for alias, entry_id in load.phrases("reference")["alias"].items():
        called[entry_id] = (*called.get(entry_id, ()), alias)
    return called


def _entry(entry_id: str, kind: str, title: str, words: str, names: tuple[str, ...] = ()) -> Entry:
    return Entry(entry_id, kind, title, (*_aliases().get(entry_id, ()), *names), words.lower())


def _questions() -> Iterator[Entry]:
    for topic in load.topics().values():
        yield _entry(topic.id, "question", topic.question, " ".join((*topic.answer, *topic.commands)))


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


def _tools() -> Iterator[Entry]:
    for tool in load.tools().values():
        yield _entry(tool.id, "tool", tool.title, f"{tool.look} {' '.join(tool.traps)}")


def _patterns() -> Iterator[Entry]:
    general = load.phrases("words")["general"]
    for pattern in load.patterns().values():
        # A failed lookup has one cause of the same name: that page says more.
        if pattern.id not in load.cause_ids():
            title, summary = fill(pattern.title, general), fill(pattern.summary, general)
            yield _entry(pattern.id, "pattern", title, summary)


def _providers() -> Iterator[Entry]:
    titles = load.phrases("blocks")["page"]
    found: dict[str, list[str]] = {}
    for block in blocks():
        found.setdefault(block.provider, []).extend(block.names)
        if block.direction == "browser":
            found[block.provider].append("browser")
    for provider, names in found.items():
        title = titles["browser_title" if "browser" in names else "title"]
        called = tuple(dict.fromkeys((provider.lower(), *names)))
        yield _entry(slug(provider), "provider", fill(title, {"provider": provider}), "", called)


def _ports() -> Iterator[Entry]:
    for (port, protocol), all_of in claimants().items():
        for place, claimant in enumerate(all_of):
            entry_id = f"{port}/{protocol}" + (f" {claimant.name}" if place else "")
            words = " ".join((*claimant.aliases, claimant.product or "", sentence(claimant))).lower()
            products = _PRODUCTS.split((claimant.product or "").lower())
            names = (claimant.name, *filter(None, products))
            title = _port_title(claimant)
            aliases = tuple(alias.lower() for alias in claimant.aliases)
            yield Entry(entry_id, "port", title, names, words, port, protocol, claimant.risk, aliases=aliases)


def _port_title(claimant: Claimant) -> str:
    product = f": {claimant.product}" if claimant.product else ""
    risk = " !" if claimant.risk else ""
    return f"{claimant.port}/{claimant.protocol} {claimant.name}{product}{risk}"
