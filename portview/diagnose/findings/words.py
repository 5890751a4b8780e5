"""Findings in words."""

from dataclasses import dataclass

from portview.diagnose.findings.case import Concern
from portview.knowledge.load import findings, phrases, risk_texts
from portview.knowledge.page import Line, Section, Tone
from portview.knowledge.template import fill
from portview.vocabulary import Confidence

_TONES = {"bad": Tone.BAD, "warn": Tone.WARN, "note": Tone.PLAIN}
_EVIDENCE = {
    Confidence.CERTAIN: Tone.FACT,
    Confidence.LIKELY: Tone.INFERENCE,
    Confidence.POSSIBLE: Tone.GUESS,
}


@dataclass(frozen=True, slots=True)
class SpokenConcern:
    """A finding ready to be shown. `level` is bad, warn or note; `because` tells how it is known."""

    id: str
    level: str
    confidence: Confidence
    title: str
    reason: str
    fix: str
    because: str | None

    @property
    def tone(self) -> Tone:
        """How grave it is."""
        return _TONES[self.level]


def spoken(concern: Concern, language: str = "en") -> SpokenConcern:
    """Put a finding into words."""
    values = dict(concern.values)
    because = phrases("sockets", language)["because"].get(concern.because or "")
    told = fill(because, values) if because else None
    if concern.risk:
        risk = risk_texts(language)[concern.id]
        return SpokenConcern(risk.id, "warn", concern.confidence, risk.title, risk.reason, risk.fix, told)
    text = findings(language)[concern.id]
    reason, fix = fill(text.reason, values), fill(text.fix, values)
    return SpokenConcern(text.id, text.level, concern.confidence, text.title, reason, fix, told)


def sections(said: SpokenConcern) -> tuple[Section, ...]:
    """The finding as two sections: what, how it is known, and what to do about it."""
    lines = [Line(f"{said.title}: {said.reason}", said.tone)]
    if said.because:
        lines.append(Line(said.because, _EVIDENCE[said.confidence]))
    label = "Note" if said.level == "note" else "Risk"
    return Section(label, tuple(lines)), Section("Fix", (Line(said.fix),))


def worst(spoken_concerns: tuple[SpokenConcern, ...]) -> Tone:
    """The tone of the gravest finding; notes warn of nothing."""
    tones = {one.tone for one in spoken_concerns}
    return next((tone for tone in (Tone.BAD, Tone.WARN) if tone in tones), Tone.PLAIN)
