"""The way of a knock as one line: hop by hop, and where it ends."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from portview.diagnose.way import Way
from portview.probe.path_records import Hop
from portview.probe.records import Observation
from portview.text import clean
from portview.tui import looks
from portview.tui.units import milliseconds
from portview.vocabulary import Outcome

_HERE = "you"
_SILENT = "?"
_LINK = " ── "
_BROKEN = " ──✗ ┄┄ "
_SILENCE = frozenset({Outcome.TIMED_OUT, Outcome.NO_ANSWER})


class Part(NamedTuple):
    """A piece of the line and its look."""

    text: str
    look: str = looks.PLAIN


class Route(NamedTuple):
    """The hops on the way; whether an answer came from the `target` itself, and whether it was a good one."""

    hops: tuple[Hop, ...]
    target: str
    answered: bool
    outcome: Outcome


def route_of(observation: Observation) -> Route | None:
    """The way as far as it is known; None for a knock that never left or was lost nobody knows where."""
    primary, path = observation.primary, observation.path
    if primary is None or primary.outcome in (Outcome.LOCAL_ERROR, Outcome.NAME_NOT_RESOLVED):
        return None
    host = f"[{observation.target.host}]" if ":" in observation.target.host else observation.target.host
    target = f"{host}:{observation.target.port}"
    silent = primary.outcome in _SILENCE
    if path is None:
        is_known = not silent and (primary.icmp is None or primary.icmp.sender == primary.address)
        return Route((), target, True, primary.outcome) if is_known else None
    way, answer = Way(path), path.target.answer
    answered = not way.forwards and way.early_reset is None and (answer is not None or not silent)
    if primary.icmp is not None and primary.icmp.sender not in (None, primary.address):
        answered = False
    return Route(_every_hop(path.target.hops), target, answered, primary.outcome)


def _every_hop(hops: Sequence[Hop]) -> tuple[Hop, ...]:
    """One for each TTL; those that were not asked did not speak."""
    known = {hop.ttl: hop for hop in hops}
    return tuple(known.get(ttl, Hop(ttl)) for ttl in range(1, max(known, default=0) + 1))


def parts(route: Route, width: int) -> list[Part]:
    """The line in at most `width` cells, if it can be: without times, then without hops in the middle."""
    hops = len(route.hops)
    for times, left_out in ((True, 0), *((False, number) for number in (0, *range(2, hops - 1)))):
        line = list(_line(route, times, left_out))
        if sum(len(part.text) for part in line) <= width:
            break
    return line


def _line(route: Route, times: bool, left_out: int) -> Iterator[Part]:
    yield Part(_HERE, looks.MUTED)
    first = max((len(route.hops) - left_out) // 2, 1)
    for place, hop in enumerate(route.hops):
        if first <= place < first + left_out:
            if place == first:
                yield Part(f"{_LINK}… {left_out} hops …", looks.MUTED)
            continue
        yield Part(_LINK, looks.MUTED)
        yield Part(clean(hop.sender)) if hop.sender else Part(_SILENT, looks.MUTED)
        if times and hop.rtt_ms is not None:
            yield Part(f" {milliseconds(hop.rtt_ms)}", looks.MUTED)
    look = looks.outcome_look(route.outcome)
    if not route.answered:
        yield Part(_BROKEN, looks.BAD)
        yield Part(clean(route.target), looks.MUTED)
        return
    yield Part(_LINK, looks.MUTED)
    sign = looks.TONE_SIGNS[looks.outcome_tone(route.outcome)].rstrip()
    yield Part(f"{clean(route.target)} {sign}", look)
