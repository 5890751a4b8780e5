"""The diagnosis of one knock: evidence through all rules, ranked, in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from portview.diagnose.context import context
from portview.diagnose.evidence import Evidence
from portview.diagnose.first_step import STUCK, is_neighbour, stuck_at
from portview.diagnose.lies import LIES, lie_of
from portview.diagnose.patterns import pattern_of
from portview.diagnose.rank import ranked
from portview.diagnose.records import Diagnosis, Finding
from portview.diagnose.rules.here import decides
from portview.diagnose.rules.registry import RULES
from portview.diagnose.words import cause_of
from portview.knowledge.load import pattern
from portview.knowledge.template import fill
from portview.probe.records import Observation
from portview.vocabulary import Confidence

if TYPE_CHECKING:
    from portview.sockets.records import LocalSocket  # only a knock at this machine loads them


def diagnose(
    observation: Observation, listeners: Sequence["LocalSocket"] | None = None, language: str = "en"
) -> Diagnosis:
    """Say what an observation shows and why, most likely cause first.

    `listeners` are this machine's sockets; they count when the target is this machine (None: not
    read). Pure but for reading the knowledge files: the same observation gives the same diagnosis.
    """
    evidence = Evidence(observation, listeners)
    values = context(evidence, language)
    text = pattern(pattern_of(evidence), language)
    return Diagnosis(
        outcome=evidence.outcome,
        pattern=text.id,
        title=fill(text.title, values),
        summary=fill(text.summary, values),
        causes=tuple(cause_of(finding, values, _here(evidence), language) for finding in findings(evidence)),
    )


def _here(evidence: Evidence) -> frozenset[str]:
    """The places of checks that this machine is itself: the target, or a machine on its network."""
    places = {"target": evidence.this_machine, "segment": is_neighbour(evidence)}
    return frozenset(place for place, is_here in places.items() if is_here)


def findings(evidence: Evidence) -> tuple[Finding, ...]:
    """What the rules conclude, in order.

    Of what did not come from the target, or get to it, only that; nothing guessed beside what decides.
    """
    found = ranked(finding for rule in RULES for finding in rule(evidence))
    if lie_of(evidence) is not None:
        only = LIES
    elif stuck_at(evidence) is not None:
        only = STUCK
    elif any(decides(finding, evidence) for finding in found):
        return tuple(one for one in found if one.confidence is Confidence.CERTAIN or one.aside)
    else:
        return found
    return tuple(finding for finding in found if finding.cause in only or finding.aside)
