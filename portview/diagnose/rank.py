"""Findings in order: one per cause, the surest first, but a likely cause before what it leads to."""

from collections.abc import Iterable

from portview.diagnose.records import Finding
from portview.vocabulary import Confidence

_SURENESS = {Confidence.CERTAIN: 0, Confidence.LIKELY: 1, Confidence.POSSIBLE: 2}


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Merge findings of the same cause and sort them; equal ones keep the order of the rules."""
    merged: dict[str, Finding] = {}
    for finding in findings:
        known = merged.get(finding.cause)
        merged[finding.cause] = _merge(known, finding) if known else finding
    return tuple(sorted(merged.values(), key=_place))


def _place(finding: Finding) -> tuple[bool, bool, int, int]:
    return finding.aside, not finding.astray, _SURENESS[finding.confidence], -finding.weight


def _merge(one: Finding, other: Finding) -> Finding:
    """The surer finding with the evidence of both; evidence is named once."""
    first, second = sorted((one, other), key=_place)
    return first._replace(
        because=tuple(dict.fromkeys(first.because + second.because)),
        against=tuple(dict.fromkeys(first.against + second.against)),
    )
