"""A port knocked at again and again: what changed, and how long it took."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from portview.knowledge.load import phrases
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.speech import is_ssh
from portview.knowledge.template import fill
from portview.probe.records import Observation, Target
from portview.tui.looks import outcome_tone, words
from portview.tui.units import count, milliseconds
from portview.vocabulary import Outcome

SSH_EVERY_S = 180.0
"""Slower than fail2ban's five in ten minutes and OpenSSH's PerSourcePenalties (sshd_config(5))."""
SSH_MOST_S = 900.0
_SAMPLES = 600
_CHANGES = 50


@dataclass(frozen=True, slots=True)
class Sample:
    """One knock of a watch; `latency_ms` is None without success."""

    time: datetime
    outcome: Outcome
    latency_ms: float | None


@dataclass
class Watch:
    """The knocks at one target so far, the newest `_SAMPLES` of them, and the changes among them."""

    target: Target
    every_s: float
    knocks: int = 0
    failed: int = 0
    ended: bool = False
    since: datetime | None = None
    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=_SAMPLES))
    changes: deque[tuple[Sample, Outcome | None]] = field(default_factory=lambda: deque(maxlen=_CHANGES))

    def __post_init__(self) -> None:
        self.is_ssh = is_ssh(self.target.port, self.target.protocol)
        if self.is_ssh:
            self.every_s = max(self.every_s, SSH_EVERY_S)

    @property
    def last(self) -> Sample | None:
        """The newest knock."""
        return self.samples[-1] if self.samples else None

    def take(self, observation: Observation, time: datetime) -> str | None:
        """Note a knock; return what has changed by it, in a sentence, if anything has."""
        before = self.last
        sample = _sample(observation, time)
        self.knocks += 1
        self.failed += not sample.outcome.is_success
        self.since = self.since or time
        self.samples.append(sample)
        self._spare_ssh(observation)
        if before is not None and before.outcome is sample.outcome:
            return None
        self.changes.append((sample, before.outcome if before else None))
        if before is None:
            return None
        target = f"{self.target.host} {self.target.port}/{self.target.protocol}"
        values = {"target": target, "outcome": words(sample.outcome), "before": words(before.outcome)}
        return fill(phrases("screen")["watch"]["changed"], values)

    def _spare_ssh(self, observation: Observation) -> None:
        """Leave an SSH server in peace, wherever it listens; the more so while it does not answer well."""
        if any((attempt.first_bytes or b"").startswith(b"SSH-") for attempt in observation.attempts):
            self.is_ssh = True
        if self.is_ssh:
            longer = SSH_EVERY_S if observation.outcome.is_success else self.every_s * 2
            self.every_s = min(max(longer, SSH_EVERY_S), SSH_MOST_S)

    @property
    def latencies(self) -> list[float | None]:
        """What to draw, oldest first."""
        return [sample.latency_ms for sample in self.samples]

    def page(self) -> Page:
        """All of it in words."""
        phrase = phrases("screen")["watch"]
        how = fill(phrase["ssh" if self.is_ssh else "how"], {"seconds": f"{self.every_s:g}"})
        title = f"Watching {self.target.host} {self.target.port}/{self.target.protocol}"
        last = self.last
        sections = [Section("", tuple(self._numbers())), Section("Changes", tuple(self._changes()))]
        sections.append(Section("", (Line(phrase["stopped"] if self.ended else how),)))
        tone = outcome_tone(last.outcome) if last else Tone.PLAIN
        return Page(title, tuple(section for section in sections if section.lines), tone)

    def _numbers(self) -> Iterator[Line]:
        phrase = phrases("screen")["watch"]
        if self.since is None:
            yield Line(phrase["none"])
            return
        times = [sample.latency_ms for sample in self.samples if sample.latency_ms is not None]
        if times:
            spread = {"least": min(times), "most": max(times), "median": median(times)}
            yield Line(fill(phrase["latency"], {name: milliseconds(ms) for name, ms in spread.items()}))
        values = {"knocks": count(self.knocks, "knock"), "time": f"{self.since:%H:%M:%S}"}
        yield Line(fill(phrase["count"], {**values, "failed": f"{self.failed:,}"}))

    def _changes(self) -> Iterator[Line]:
        phrase = phrases("screen")["watch"]
        for sample, before in reversed(self.changes):
            values = {"time": f"{sample.time:%H:%M:%S}", "outcome": words(sample.outcome)}
            text = (
                fill(phrase["change"], {**values, "before": words(before)})
                if before
                else fill(phrase["first"], values)
            )
            yield Line(text, outcome_tone(sample.outcome))


def _sample(observation: Observation, time: datetime) -> Sample:
    primary, success = observation.primary, observation.outcome.is_success
    return Sample(time, observation.outcome, primary.elapsed_ms if primary and success else None)
