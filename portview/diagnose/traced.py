"""A traced path as JSON and as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from portview.diagnose.way import Way
from portview.knowledge.load import phrases
from portview.knowledge.template import fill
from portview.probe.records import Observation
from portview.text import clean
from portview.vocabulary import Outcome

if TYPE_CHECKING:  # a quick knock has none of these
    from portview.probe.path_records import Hop, Path, Trace

_DIGITS = 3  # of milliseconds
_UNKNOWN_HOP = "?"
_DEAD_END, _OPEN_END = "✗", "?"


def path_document(path: Path) -> dict[str, object]:
    """The path for the JSON document.

    `hops` are this port's, `last_answering_ttl` is the farthest router that reported its packets, and
    `target_ttl` at how many hops the target is; null: not known. `answer_ttl` is where something else
    than a hop came back, `forwarded_ports` are ports that the target passes on to another machine.
    """
    way = Way(path)
    return {
        "hops": _hops(path.target),
        "last_answering_ttl": way.last_hop.ttl if way.last_hop else None,
        "answer_ttl": path.target.answer_ttl if way.is_answered else None,
        "target_ttl": way.distance,
        "on_link": path.on_link,
        "control": _trace(path.control) if path.control else None,
        "forwarded_ports": sorted({*way.forwarded_elsewhere, *([path.target.port] if way.forwards else [])}),
    }


def _trace(trace: Trace) -> dict[str, object]:
    return {"port": trace.port, "hops": _hops(trace), "answer_ttl": trace.answer_ttl}


def _hops(trace: Trace) -> list[dict[str, object]]:
    return [
        {
            "ttl": hop.ttl,
            "sender": clean(hop.sender) if hop.sender else None,
            "rtt_ms": None if hop.rtt_ms is None else round(hop.rtt_ms, _DIGITS),
        }
        for hop in trace.hops
    ]


def path_lines(observation: Observation, language: str) -> Iterator[str]:
    """The way from here to the target, and where this port's packets end; nothing where it was not traced."""
    path = observation.path
    if path is None:
        return
    words, way, trace = phrases("words", language)["path"], Way(path), path.target
    host = clean(observation.target.host)
    values = {"port": str(trace.port), "host": host}
    if observation.outcome.had_handshake:
        if trace.hops:
            yield " - ".join([words["you"], *_chain(trace), "...", host])
        return
    end = _OPEN_END if _may_arrive(observation, way) else _DEAD_END
    yield " - ".join([words["you"], *_chain(trace), f"{_place(path, way, host, words)} {end}".lstrip()])
    last = way.last_hop
    if way.early_reset is not None:
        yield fill(words["early"], {**values, "ttl": str(way.early_reset)})
    elif not (way.is_answered or way.forwards or path.on_link):
        ends = "comes" if _may_arrive(observation, way) else "ends"
        yield fill(words[ends if last else "ends_at_once"], {**values, "ttl": str(last.ttl if last else 0)})
    if path.control is not None and path.control.answer_ttl is not None and not path.on_link:
        at = {"control": str(path.control.port), "distance": str(path.control.answer_ttl)}
        yield fill(words["control"], {**values, **at})


def _may_arrive(observation: Observation, way: Way) -> bool:
    """Whether silence leaves it open that the packets arrive: over UDP, where no hop shows them lost."""
    return observation.outcome is Outcome.NO_ANSWER and not way.is_lost_on_way


def _place(path: Path, way: Way, host: str, words: Mapping[str, str]) -> str:
    """Where this port's packets end: at the target, behind it, or before it, which has no name."""
    if way.forwards:
        return words["behind"]
    answered = way.is_answered and way.early_reset is None
    return host if answered or path.on_link else ""


def _chain(trace: Trace) -> Iterator[str]:
    """The hops in order; those that were not asked or did not speak stay visible."""
    known: dict[int, Hop] = {hop.ttl: hop for hop in trace.hops}
    for ttl in range(1, max(known, default=0) + 1):
        hop = known.get(ttl)
        yield clean(hop.sender) if hop and hop.sender else _UNKNOWN_HOP
