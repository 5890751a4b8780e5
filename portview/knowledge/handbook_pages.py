"""The pages of the handbook: outcomes, causes and patterns in general words, and the questions."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from portview.knowledge import handbook
from portview.knowledge.load import CheckText, cause, outcomes, patterns, phrases, topics
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.template import fill


def outcome_page(outcome_id: str) -> Page:
    """An outcome in the handbook."""
    outcome, label = outcomes()[outcome_id], phrases("reference")["label"]
    return _page(
        outcome.title,
        Section("", (Line(outcome.meaning),)),
        Section(label["apart"], tuple(map(Line, outcome.apart))),
        Section(label["prints"], tuple(_prints(outcome.prints))),
        Section(label["causes"], tuple(_titles(handbook.causes_of(outcome_id)))),
    )


def cause_page(cause_id: str) -> Page:
    """A cause in general: capitals stand for the real host and port."""
    text, label = cause(cause_id), phrases("reference")["label"]
    general = phrases("words")["general"]
    shown = handbook.outcomes_of(cause_id)
    return _page(
        fill(text.title, general),
        Section("", (Line(fill(text.explanation, general)),)),
        Section(label["decisive"], (Line(handbook.apart()[cause_id]),)),
        Section(label["check"], tuple(_checks(text.checks))),
        Section(label["fix"], (Line(fill(text.fix, general)),) if text.fix else ()),
        Section(label["shows_as"], tuple(Line(f"{one}: {outcomes()[one].title}") for one in shown)),
        Section(label["prints"], tuple(_prints(_prints_of_cause(cause_id)))),
        Section(label["see"], tuple(_titles(text.see))),
    )


def pattern_page(pattern_id: str) -> Page:
    """A pattern: what was seen, in general."""
    pattern, label = patterns()[pattern_id], phrases("reference")["label"]
    general = phrases("words")["general"]
    place = handbook.places()[pattern_id]
    return _page(
        fill(pattern.title, general),
        Section("", (Line(fill(pattern.summary, general)),)),
        Section(label["outcome"], (Line(f"{place.outcome}: {outcomes()[place.outcome].title}"),)),
        Section(label["causes"], tuple(_titles(place.causes))),
        Section(label["apart"], tuple(_apart(place.causes))),
        Section(label["prints"], tuple(_prints(handbook.prints_of(pattern_id)))),
    )


def topic_page(topic_id: str) -> Page:
    """A question with its answer, commands that show it, and commands that make an example."""
    topic, label = topics()[topic_id], phrases("reference")["label"]
    return _page(
        topic.question,
        Section("", tuple(map(Line, topic.answer))),
        Section(label["by_hand"], tuple(Line(command, Tone.COMMAND) for command in topic.commands)),
        Section(label["make"], tuple(Line(command.strip(), Tone.COMMAND) for command in topic.make)),
    )


def _page(title: str, *sections: Section) -> Page:
    return Page(title, tuple(section for section in sections if section.lines))


def _titles(cause_ids: Iterable[str]) -> Iterator[Line]:
    general = phrases("words")["general"]
    for cause_id in cause_ids:
        yield Line(f"{cause_id}: {fill(cause(cause_id).title, general)}")


def _apart(cause_ids: Iterable[str]) -> Iterator[Line]:
    for cause_id in cause_ids:
        yield Line(f"{cause_id}: {handbook.apart()[cause_id]}")


def _prints(prints: handbook.Prints) -> Iterator[Line]:
    for tool, text in prints:
        yield Line(f"{tool}: {text}")


def _prints_of_cause(cause_id: str) -> handbook.Prints:
    """What is printed for the pattern that speaks for the cause most, before the others."""
    found = handbook.patterns_of(cause_id)
    first = sorted(found, key=lambda pattern: handbook.places()[pattern].causes.index(cause_id))
    return handbook.prints_of(first[0]) if first else ()


def _checks(checks: tuple[CheckText, ...]) -> Iterator[Line]:
    words = phrases("words")
    for where, group in groupby(checks, key=lambda check: check.where):
        for number, check in enumerate(group):
            text = fill(check.text, words["general"])
            if not check.is_command:
                yield Line(f"{words['where'][where]}: {text}")
                continue
            if number == 0:
                yield Line(f"{words['where'][where]}:")
            yield Line(text, Tone.COMMAND)
