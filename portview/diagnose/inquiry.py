"""The whole question at once: knock, look at this machine where it is the target, and diagnose.

This is the one place where diagnosis meets sockets; both the screen and the commands ask through it.
"""

import threading
from typing import TYPE_CHECKING, NamedTuple

from portview.diagnose.engine import diagnose
from portview.diagnose.records import Diagnosis
from portview.probe.knock import DEFAULT_TIMEOUT_S, OnEvent, OnSeen, observe
from portview.probe.records import Observation, Target
from portview.vocabulary import Family

if TYPE_CHECKING:
    from portview.sockets.records import LocalSocket  # only a knock at this machine loads them


class Answer(NamedTuple):
    """What was seen and what it means.

    `listeners` are this machine's, None when they were not read.
    """

    observation: Observation
    diagnosis: Diagnosis
    listeners: tuple["LocalSocket", ...] | None = None


def inquire(
    target: Target,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    family: Family | None = None,
    quick: bool = False,
    cancel: threading.Event | None = None,
    on_event: OnEvent | None = None,
    on_seen: OnSeen | None = None,
) -> Answer:
    """Knock at a target and say why it ended as it did; the arguments are those of `observe`."""
    observation = observe(
        target,
        timeout_s=timeout_s,
        family=family,
        quick=quick,
        cancel=cancel,
        on_event=on_event,
        on_seen=on_seen,
    )
    if quick or not observation.this_machine:
        return Answer(observation, diagnose(observation))
    from portview.sockets.source import best_source  # psutil is wanted only here

    listeners = best_source().snapshot().sockets
    return Answer(observation, diagnose(observation, listeners), listeners)
