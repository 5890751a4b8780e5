"""Finding entries as one types: by number, range, name, product, error message, risk, or in a question.

Every query over all entries must be answered within one frame of the screen.
"""

import difflib
import re
from typing import NamedTuple, TypeGuard

from portview.knowledge import load
from portview.knowledge.entries import Entry, by_alias, by_name, by_product, by_service, entries, plain
from portview.knowledge.relevance import answers, by_words, essence, get_ready, quotes
from portview.knowledge.services import port_of, service_name
from portview.vocabulary import Protocol

_LAST_PORT = 65535
_NAMED = (0, 0)
_MOST_RESULTS = 200
_SUGGESTIONS = 3
# A port as people write it: `22`, `:22`, `22/tcp`, `port 22`.
_PORT = re.compile(r"(?:port\s*|:)?(?P<number>[0-9]{1,9})(?:/(?P<transport>tcp|udp))?", re.ASCII)
_RANGE = re.compile(r"(?:ports?\s*|:)?([0-9]{1,5})\s*(?:-|\u2013|\.\.|to)\s*([0-9]{1,5})", re.ASCII)
# Several ports and ranges at once: `22,80` and `22 80 8000-8010`.
_LIST = re.compile(r"[0-9/tcpud-]+(?:[\s,;]+[0-9/tcpud-]+)+", re.ASCII)
_CHOOSES = re.compile(r"tcp|udp|risk:\w*|\d+-\d+")
# The port that a sentence asks about: `port 80`, `:80`, `80/tcp`, or `on 80` at its end. Other numbers count.
_ASKED = re.compile(
    r"""
    (?: \bport\s+ | (?<!:): | (?<![\w.])(?=[0-9]+/(?:tcp|udp)\b) | \b(?:on|is|uses)\s+(?=[0-9]+$) )
    ([0-9]{1,5}) (?:/(tcp|udp))? (?![\w.-])
    """,
    re.ASCII | re.VERBOSE,
)
_BY_HAND = re.compile(r"(?:port\s*|:)?([0-9]{1,5})(?:/(tcp|udp))? by hand", re.ASCII)
_RISK = re.compile(r"risk:(\w*)")


class _Filter(NamedTuple):
    """A query for ports: a range, a transport or a risk, and words beside them."""

    ports: range | None
    protocol: str | None
    risk: str | None
    text: str


def exact(query: str) -> Entry | None:
    """The one entry that was named in full, else None."""
    wanted = plain(query)
    if entry := by_name().get(wanted):
        return entry
    if port := _PORT.fullmatch(wanted):
        return _port_entry(int(port["number"]), port["transport"])
    if (ports := _range_of(wanted)) is not None:
        first, last = ports.start, ports.stop - 1
        return Entry(f"{first}-{last}", "range", f"Ports {first} to {last}", port=first, last=last)
    if by_hand := _BY_HAND.fullmatch(wanted):
        return by_hand_entry(int(by_hand[1]), Protocol(by_hand[2] or "tcp"))
    if entry := by_service().get(wanted) or by_product().get(wanted):
        return entry
    for protocol in Protocol:
        if (number := port_of(wanted, protocol)) is not None:
            return _port_entry(number, protocol)
    return None


def each(query: str) -> tuple[Entry, ...]:
    """The entries of a list of ports and ranges, as `22,80` or `22 and 80`; empty for any other query."""
    wanted = plain(query)
    if exact(wanted) or quotes(wanted):
        return ()
    wanted = essence(wanted)
    if not _LIST.fullmatch(wanted):
        return ()
    found = [exact(word) for word in re.split(r"[\s,;]+", wanted)]
    known = tuple(entry for entry in found if entry is not None and entry.port is not None)
    return tuple(dict.fromkeys(known)) if len(known) == len(found) else ()


def answer(query: str) -> Entry | None:
    """The entry that answers a query; None where all that is found only shares words with it."""
    wanted = plain(query)
    if entry := _named(wanted):
        return entry
    found = search(query)
    return found[0] if found and answers(found[0], wanted) else None


def fits(query: str, first: Entry) -> bool:
    """Whether the first of what a search found may be what is meant, as far as the query is typed yet."""
    # What chooses ports holds for all that is found; the rest must stand in the first of them.
    words = " ".join(word for word in query.lower().split() if not _CHOOSES.fullmatch(word))
    texts = (first.id, first.title.lower(), first.words, *first.names)
    return any(words in text for text in texts) or answer(query) is not None


def is_port(number: int | None) -> TypeGuard[int]:
    """Whether something can listen at this number."""
    return number is not None and 0 < number <= _LAST_PORT


def by_hand_entry(port: int, protocol: Protocol) -> Entry | None:
    """The commands for one port; None for what is no port."""
    if not is_port(port):
        return None
    entry_id = f"{port}/{protocol} by hand"
    return Entry(entry_id, "by hand", entry_id, port=port, protocol=protocol)


def search(query: str) -> tuple[Entry, ...]:
    """What fits, the best first: what was named in full, then beginnings, then what contains it.

    `8000-8100`, `udp` and `risk:high` choose ports, also together and with words. Where nothing
    contains the whole query, what shares most words with it. Empty: all topics.
    """
    wanted = plain(query)
    if not wanted:
        get_ready()  # who opens the list waits anyway, and types next
        return topics()
    if port := _PORT.fullmatch(wanted):
        wanted = "/".join(part for part in (port["number"], port["transport"]) if part)
    if several := each(wanted):
        return several
    named = _named(wanted)
    found = _filtered(wanted) or _containing(wanted)
    if not found:
        found = _containing(essence(wanted)) if named else by_words(wanted)
    return tuple(dict.fromkeys((*([named] if named else []), *found)))[:_MOST_RESULTS]


def topics() -> tuple[Entry, ...]:
    """Questions, outcomes, causes and tools: what there is to read."""
    return tuple(entry for entry in entries() if entry.kind in ("question", "outcome", "cause", "tool"))


def suggest(query: str) -> tuple[str, ...]:
    """Near misses of a query that found nothing."""
    names = [name for name in by_name() if "/" not in name]
    names += [*by_service(), *by_product(), *by_alias()]
    return tuple(dict.fromkeys(difflib.get_close_matches(plain(query), names, _SUGGESTIONS)))


def _named(question: str) -> Entry | None:
    """The entry that a query names, alone or among words that say nothing, or whose port it asks about."""
    if entry := exact(question):
        return entry
    if quotes(question):  # a message says more than its port
        return None
    return _asked_port(question) or exact(essence(question))


def _asked_port(question: str) -> Entry | None:
    """The one port that a sentence asks about."""
    asked = _ASKED.findall(question)
    if len(asked) != 1:
        return None
    number, transport = asked[0]
    return _port_entry(int(number), transport or None)


def _port_entry(port: int, transport: str | None = None) -> Entry:
    """The entry of a port over one transport or either, made up where the table has none."""
    for protocol in (transport,) if transport else Protocol:
        if entry := by_name().get(f"{port}/{protocol}"):
            return entry
    names = (service_name(port, protocol) for protocol in Protocol if port <= _LAST_PORT)
    name = next((name for name in names if name), None)
    return Entry(str(port), "port", f"{port} {name}" if name else str(port), port=port)


def _range_of(text: str) -> range | None:
    bounds = _RANGE.fullmatch(text)
    if bounds is None or not int(bounds[1]) <= int(bounds[2]) <= _LAST_PORT:
        return None
    return range(int(bounds[1]), int(bounds[2]) + 1)


def _filtered(wanted: str) -> list[Entry]:
    """Ports by range, transport and risk; empty where the query asks for none of these."""
    chosen = _filter(wanted)
    if chosen is None:
        return []
    ports = (entry for entry in entries() if entry.kind == "port" and _passes(entry, chosen))
    return sorted(ports, key=lambda entry: _fit(entry, chosen.text) or _NAMED) if chosen.text else list(ports)


def _filter(wanted: str) -> _Filter | None:
    ports = _range_of(wanted)
    protocol = risk = None
    rest = []
    for word in wanted.split() if ports is None else ():
        if matched := _RISK.fullmatch(word):
            risk = matched[1]
        elif word in tuple(Protocol) and protocol is None:
            protocol = word
        elif (inner := _range_of(word)) is not None:
            ports = inner
        else:
            rest.append(word)
    # "tcp" in a question chooses nothing: only beside one word is it meant as a choice.
    asks = ports is not None or risk is not None or (protocol is not None and len(rest) <= 1)
    return _Filter(ports, protocol, risk, " ".join(rest)) if asks else None


def _passes(entry: Entry, chosen: _Filter) -> bool:
    return (
        (chosen.ports is None or entry.port in chosen.ports)
        and (chosen.protocol is None or entry.protocol == chosen.protocol)
        and (chosen.risk is None or _has_risk(entry, chosen.risk))
        and (not chosen.text or _fit(entry, chosen.text) is not None)
    )


def _has_risk(entry: Entry, risk: str) -> bool:
    """`risk:` alone is any risk; else a level, or the beginning of a risk's id."""
    if entry.risk is None:
        return False
    return load.risk_texts()[entry.risk].level == risk or entry.risk.startswith(risk)


def _containing(wanted: str) -> list[Entry]:
    ranked = [(place, entry) for entry in entries() if (place := _fit(entry, wanted)) is not None]
    return [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])]


def _fit(entry: Entry, wanted: str) -> tuple[int, int] | None:
    """How well an entry fits, the least best: of names that begin so the shorter; None: not at all."""
    if wanted in entry.names or wanted in (entry.id, entry.id.partition("/")[0]):
        return _NAMED
    if entry.id.startswith(wanted):
        return 1, 0
    if begun := [len(name) for name in entry.names if name.startswith(wanted)]:
        return 1, min(begun)
    if wanted in entry.title.lower():
        return 2, 0
    return (3, 0) if wanted in entry.id or wanted in entry.words else None
