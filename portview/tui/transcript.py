"""What telnet would say while it tries, line by line as the evidence comes in."""

from collections.abc import Iterable

from portview.knowledge.page import Line, Page, Section, Tone
from portview.probe.records import Attempt, Resolution, Target
from portview.tui.looks import words
from portview.tui.units import milliseconds
from portview.vocabulary import Outcome


def transcript(target: Target, evidence: Iterable[Resolution | Attempt], ending: str) -> Page:
    """The page of a knock that goes on or was cancelled; the newest word on an address counts."""
    lines: list[Line] = []
    attempts: dict[str, Attempt] = {}
    waiting: tuple[str, ...] = ()
    resolved = False
    for event in evidence:
        if isinstance(event, Resolution):
            waiting = event.addresses
            resolved = True
            lines.append(_resolution(event))
        else:
            attempts[event.address] = event
    if not resolved:
        lines.append(Line(f"Looking up {target.host} ..."))
    lines += [_attempt(attempts[address]) for address in attempts]
    lines += [Line(f"Trying {address} ...") for address in waiting if address not in attempts]
    title = f"Knocking at {target.host} {target.port}/{target.protocol}"
    return Page(title, (Section("", tuple(lines)), Section("", (Line(ending),))))


def _resolution(resolution: Resolution) -> Line:
    if not resolution.addresses:
        return Line(f"{resolution.name}: no address", Tone.BAD)
    if resolution.addresses == (resolution.name,):
        return Line(f"{resolution.name} is an address", Tone.PLAIN)
    return Line(
        f"{resolution.name} is {', '.join(resolution.addresses)} ({milliseconds(resolution.elapsed_ms)})"
    )


def _attempt(attempt: Attempt) -> Line:
    tone = Tone.GOOD if attempt.outcome.is_success else Tone.BAD
    if attempt.outcome in (Outcome.TIMED_OUT, Outcome.NO_ANSWER):
        tone = Tone.WARN
    after = milliseconds(attempt.elapsed_ms)
    return Line(f"Trying {attempt.address} ... {words(attempt.outcome)} after {after}", tone)
