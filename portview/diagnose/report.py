"""A diagnosis as a page: the panel beside a knock or a scanned port, and the text of the command."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from portview.diagnose import spoken
from portview.diagnose.context import attempt_context, milliseconds
from portview.diagnose.records import Cause, Check, Diagnosis, Statement
from portview.diagnose.scanned import silence
from portview.diagnose.traced import path_lines
from portview.knowledge.blocked import short_note
from portview.knowledge.load import Kind, phrases
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.services import service_name
from portview.knowledge.template import fill
from portview.probe.records import Attempt, Observation
from portview.scan.records import PortResult, ScanHost
from portview.text import clean
from portview.vocabulary import Confidence, Outcome, State

_TONES = {Kind.FACT: Tone.FACT, Kind.INFERENCE: Tone.INFERENCE, Kind.GUESS: Tone.GUESS}
_LABELS = {
    Confidence.CERTAIN: "Certain",
    Confidence.LIKELY: "Most likely",
    Confidence.POSSIBLE: "Possible",
}
# Who waits for an answer reads a few; the JSON document has all.
_MOST_OTHERS = 6


def report(observation: Observation, diagnosis: Diagnosis, language: str = "en") -> Page:
    """The explanation of one knock: what happened, why, what to check and to do."""
    return _page(
        diagnosis,
        language,
        tuple(_transcript(observation, language)),
        Section("Path", tuple(Line(text) for text in path_lines(observation, language))),
        Section("Other ports", tuple(_comparison(observation, language))),
    )


def scan_report(result: PortResult, host: ScanHost, diagnosis: Diagnosis, language: str = "en") -> Page:
    """The explanation of one scanned port."""
    words = phrases("scan", language)
    service = service_name(result.port, result.protocol)
    name = f" ({service})" if service else ""
    where = f"{clean(host.name)} ({clean(host.address)})" if host.name else clean(host.address)
    happened = (
        Line(
            f"{result.port}/{result.protocol}{name} on {where}: {result.state.value}, {result.reason.value}"
        ),
        Line(words["state"][result.state.value]),
        Line(words["reason"][result.reason.value]),
        *(Line(text) for text in (silence(result, language),) if text),
    )
    note = short_note(result.port, result.protocol, language) if result.state is not State.OPEN else None
    blocked = (Line(f"{result.port}/{result.protocol}: {note}", Tone.GUESS),) if note else ()
    return _page(diagnosis, language, happened, Section("Known blocks", blocked))


def _page(diagnosis: Diagnosis, language: str, happened: tuple[Line, ...], *seen: Section) -> Page:
    """What happened, then the verdict and what to do, then what else was `seen`, as far as anything was."""
    sections = [Section("", (*happened, Line(diagnosis.summary)))]
    if diagnosis.causes:
        first, *others = diagnosis.causes
        label = "Verdict" if _is_well(first) else _LABELS[first.confidence]
        sections.append(Section(label, tuple(_in_full(first))))
        sections += _others(first, others[:_MOST_OTHERS], language)
        if first.check:
            sections.append(Section("Check next", tuple(_checks(first.check))))
        if first.fix:
            label = "If so, fix" if first.confidence is Confidence.POSSIBLE else "Fix"
            sections.append(Section(label, (Line(first.fix),)))
    sections += [section for section in seen if section.lines]
    return Page(diagnosis.title, tuple(sections), _tone(diagnosis))


def _tone(diagnosis: Diagnosis) -> Tone:
    """How grave the headline is: what was hoped for, silence, or a clear no."""
    if diagnosis.outcome.is_success:
        return Tone.GOOD if diagnosis.causes and _is_well(diagnosis.causes[0]) else Tone.WARN
    if diagnosis.outcome in (Outcome.TIMED_OUT, Outcome.NO_ANSWER, Outcome.CLOSED_BY_PEER):
        return Tone.WARN
    return Tone.BAD


def _is_well(cause: Cause) -> bool:
    """Whether nothing is wrong, as far as more than a guess can tell."""
    return cause.id == "healthy" and cause.confidence is not Confidence.POSSIBLE


def _in_full(cause: Cause) -> Iterator[Line]:
    yield Line(cause.title, Tone.STRONG)
    yield Line(cause.explanation)
    yield from (_evidence(statement) for statement in cause.because)
    yield from (Line(statement.text, Tone.AGAINST) for statement in cause.against)


def _evidence(statement: Statement) -> Line:
    return Line(statement.text, _TONES[statement.kind])


def _others(first: Cause, causes: Sequence[Cause], language: str) -> Iterator[Section]:
    """The other causes in one line each, guesses apart from what is surer."""
    surer: list[Line] = []
    guesses: list[Line] = []
    for cause in causes:
        short = _in_short(cause, first, language)
        if cause.confidence is Confidence.POSSIBLE:
            guesses.append(Line(short))
        else:
            surer.append(Line(f"{cause.confidence}: {short}"))
    if surer:
        yield Section("Also", tuple(surer))
    if guesses:
        yield Section("Also possible", tuple(guesses))


def _in_short(cause: Cause, first: Cause, language: str) -> str:
    """A cause and the cheapest way to tell whether it is the one; none where it is one of `first`."""
    if not cause.check:
        return cause.title
    if cause.check[0] in first.check:
        return fill(phrases("words", language)["check"]["same"], {"title": cause.title})
    return f"{cause.title}. Check {cause.check[0].text}"


def _checks(checks: tuple[Check, ...]) -> Iterator[Line]:
    """Commands as lines of their own, to be copied; the place once in front of them."""
    for place, group in groupby(checks, key=lambda check: check.place):
        for number, check in enumerate(group):
            if not check.is_command:
                yield Line(check.text)
                continue
            if place and number == 0:
                yield Line(f"{place}:")
            yield Line(check.command, Tone.COMMAND)


def _transcript(observation: Observation, language: str) -> Iterator[Line]:
    """What telnet would have printed, one line an address."""
    phrase = phrases("words", language)["transcript"]
    protocol = observation.target.protocol.value
    if observation.cancelled:
        yield Line(phrase["cancelled"])
    elif not observation.attempts:
        elapsed = milliseconds(observation.resolution.elapsed_ms, language)
        yield Line(fill(phrase["lookup"], {"host": clean(observation.target.host), "elapsed": elapsed}))
    for attempt in observation.attempts:
        yield Line(fill(phrase[_how(attempt)], attempt_context(attempt, protocol, language)))
        yield from (Line(text) for text in spoken.transcript(attempt, observation, language))
    tried = {attempt.address for attempt in observation.attempts}
    left_out = [address for address in observation.resolution.addresses if address not in tried]
    if left_out:
        how = "cut_short" if observation.cancelled else "left_out"
        yield Line(fill(phrase[how], {"addresses": clean(", ".join(left_out))}))


def _comparison(observation: Observation, language: str) -> Iterator[Line]:
    """How other ports of the same address ended, those that ended alike in one line."""
    phrase = phrases("words", language)["transcript"]["controls"]
    protocol = observation.target.protocol.value
    alike: dict[tuple[str, str], list[str]] = {}
    for control in observation.controls:
        values = attempt_context(control, protocol, language)
        port = f"{values['port']}/{protocol}"
        alike.setdefault((values["address"], values["outcome"]), []).append(port)
    for (address, outcome), ports in alike.items():
        yield Line(fill(phrase, {"ports": ", ".join(ports), "address": address, "outcome": outcome}))


def _how(attempt: Attempt) -> str:
    """The key of an attempt's transcript."""
    if attempt.self_connect:
        return "self_connect"
    if attempt.outcome is Outcome.UNREACHABLE and attempt.icmp is None:
        return "unreachable_local"
    nowhere = attempt.outcome in (Outcome.NAME_NOT_RESOLVED, Outcome.CANCELLED)
    return "local_error" if nowhere else attempt.outcome.value
