"""From findings to words: templates of the knowledge files, filled with what was observed."""

import shlex
from collections.abc import Mapping, Set

from portview.diagnose.records import Cause, Check, Fact, Finding, Statement
from portview.knowledge.load import CheckText, cause, fact, phrases, risks
from portview.knowledge.template import fill

_GRAVE = "high"


def cause_of(finding: Finding, values: Mapping[str, str], here: Set[str], language: str) -> Cause:
    """A finding as a cause in words. `here` are the places of checks that this machine is itself."""
    text = cause(finding.cause, language)
    checks = [_check(check, values, here, language) for check in text.checks]
    return Cause(
        id=finding.cause,
        confidence=finding.confidence,
        title=fill(text.title, values),
        explanation=fill(text.explanation, values),
        because=tuple(statement(seen, values, language) for seen in finding.because),
        against=tuple(statement(seen, values, language) for seen in finding.against),
        # Of what is done here no place is said: behind another place it would seem to belong there.
        check=tuple(sorted(checks, key=lambda check: check.where != "here")),
        fix=fill(text.fix, values) + (_caution(values, language) if text.opens else ""),
    )


def _caution(values: Mapping[str, str], language: str) -> str:
    """What to think of before others may reach the port's usual service; empty where it is harmless."""
    risk = risks(language).get((int(values["port"]), values["protocol"]))
    if risk is None or risk.level != _GRAVE:
        return ""
    told = {"title": risk.title, "reason": risk.reason, "remedy": risk.fix}
    return f" {fill(phrases('words', language)['caution']['open'], told)}"


def statement(seen: Fact, values: Mapping[str, str], language: str) -> Statement:
    """One piece of evidence as a sentence; values named `..._outcome` are outcome ids."""
    text = fact(seen.id, language)
    outcome_words = phrases("words", language)["outcome"]
    own = {
        name: outcome_words.get(value, value) if name.endswith("_outcome") else value
        for name, value in seen.values
    }
    return Statement(fill(text.text, {**values, **own}), text.kind)


def _check(text: CheckText, values: Mapping[str, str], here: Set[str], language: str) -> Check:
    where = "here" if text.where in here else text.where
    place = "" if where == "here" else phrases("words", language)["where"][where]
    if text.is_command:
        # Names come from the network and commands get copied: the shell must see plain words.
        values = {name: shlex.quote(value) for name, value in values.items()}
    return Check(where, fill(text.text, values), place, text.is_command)
