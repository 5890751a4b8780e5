"""The whole question at once: knock, look at this machine where it is the target, and diagnose.

This is the one place where diagnosis meets sockets; both the screen and the commands ask through it.
"""

import threading
from dataclasses import dataclass

from portview.diagnose.engine import diagnose
from portview.diagnose.records import Diagnosis
from portview.probe.knock import DEFAULT_TIMEOUT_S, OnEvent, observe
from portview.probe.records import Observation, Target
from portview.vocabulary import Family


@dataclass(frozen=True, slots=True)
class Answer:
    """What was seen and what it means."""

    observation: Observation
    diagnosis: Diagnosis


def inquire(
    target: Target,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    family: Family | None = None,
    quick: bool = False,
    cancel: threading.Event | None = None,
    on_event: OnEvent | None = None,
) -> Answer:
    """Knock at a target and say why it ended as it did; the arguments are those of `observe`."""
    observation = observe(
        target, timeout_s=timeout_s, family=family, quick=quick, cancel=cancel, on_event=on_event
    )
    if quick or not observation.this_machine:
        return Answer(observation, diagnose(observation))
    from portview.sockets.source import best_source  # psutil is wanted only here

    return Answer(observation, diagnose(observation, best_source().snapshot().sockets))
