"""What telnet would say while it tries, line by line as the evidence comes in."""

from collections.abc import Iterable, Iterator

from portview.knowledge.page import Line, Page, Section, Tone
from portview.probe.path_records import Hop
from portview.probe.records import Attempt, Resolution, Target
from portview.text import clean_bytes
from portview.tui.looks import outcome_tone, words
from portview.tui.units import milliseconds

Evidence = Resolution | Attempt | Hop
"""What a knock tells while it goes on."""

_SHOWN = 200  # characters of what a peer said


def transcript(target: Target, evidence: Iterable[Evidence], ending: str) -> Page:
    """The page of a knock that goes on or was cancelled; the newest word on an address counts.

    Below stand the knocks at other ports, made to compare, and the hops on the way.
    """
    lines: list[Line] = []
    attempts: dict[str, Attempt] = {}
    waiting: tuple[str, ...] = ()
    resolved = False
    beside: list[Line] = []
    hops: dict[int, Line] = {}
    for event in evidence:
        if isinstance(event, Resolution):
            waiting = event.addresses
            resolved = True
            lines.append(_resolution(event))
        elif isinstance(event, Hop):
            hops[event.ttl] = Line(
                f"Hop {event.ttl}: {event.sender} after {milliseconds(event.rtt_ms or 0.0)}"
            )
        elif event.port == target.port:
            attempts[event.address] = event
        else:
            beside.append(_control(event, target))
    if not resolved:
        lines.append(Line(f"Looking up {target.host} ..."))
    for attempt in attempts.values():
        lines += _attempt(attempt)
    lines += [Line(f"Trying {address} ...") for address in waiting if address not in attempts]
    title = f"Knocking at {target.host} {target.port}/{target.protocol}"
    around = (*beside, *(hops[ttl] for ttl in sorted(hops)))
    return Page(title, (Section("", tuple(lines)), Section("", around), Section("", (Line(ending),))))


def _resolution(resolution: Resolution) -> Line:
    if not resolution.addresses:
        return Line(f"{resolution.name}: no address", Tone.BAD)
    if resolution.addresses == (resolution.name,):
        return Line(f"{resolution.name} is an address", Tone.PLAIN)
    return Line(
        f"{resolution.name} is {', '.join(resolution.addresses)} ({milliseconds(resolution.elapsed_ms)})"
    )


def _control(attempt: Attempt, target: Target) -> Line:
    how = f"{words(attempt.outcome)} after {milliseconds(attempt.elapsed_ms)}"
    return Line(f"To compare, {attempt.port}/{target.protocol} on {attempt.address}: {how}")


def _attempt(attempt: Attempt) -> Iterator[Line]:
    """What telnet would print: how it ended, what the peer said first, and that it hung up."""
    after = milliseconds(attempt.elapsed_ms)
    said = f"Trying {attempt.address} ... {words(attempt.outcome)} after {after}"
    yield Line(said, outcome_tone(attempt.outcome))
    if attempt.first_bytes:
        first = attempt.first_bytes.splitlines()[0] if attempt.first_bytes.strip() else attempt.first_bytes
        yield Line(f"< {clean_bytes(first, _SHOWN)}")
    if attempt.closed_by is not None:
        yield Line(f"Closed by {attempt.address} ({attempt.closed_by.upper()})", Tone.WARN)
