"""The look around a knock, made beside it.

A knock that waits in silence is not waited for: the look begins after a good second, or as soon as one
address connects, and goes on beside the knocks.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import replace

from portview.probe import route
from portview.probe.addresses import family_of
from portview.probe.background import Call
from portview.probe.path_records import Hop
from portview.probe.politeness import is_sensitive
from portview.probe.records import Attempt, Observation
from portview.probe.surroundings import OnSeen, Surroundings, look_around
from portview.probe.waiting import STEP_S, CancelledError
from portview.vocabulary import Outcome

# How long an answer may take before other knocks are made beside the wait for it. The kernel may miss a
# first ICMP error and get the next after a second; routers send few (one a second), so do not compete.
_PATIENCE_S = 1.2
# The families of a name connect almost at the same time; the first of them decides.
_SETTLING_S = 0.05
# How long the greeting of a server is waited for that is left alone when it is well.
_GREETING_S = 0.8
# What all of it may take after a knock that connects, and after the wait of one that does not.
_CONNECTED_S = 1.3
_SILENT_S = 2.8


class Scout:
    """Looks around while the knocks of an observation are still waiting for their answers.

    `on_seen` hears of each control and each hop, from another thread.
    """

    def __init__(
        self, observation: Observation, cancel: threading.Event | None, on_seen: OnSeen | None = None
    ) -> None:
        self._observation = observation
        self._cancel = cancel
        self._on_seen = on_seen
        self._controls: list[Attempt] = []
        self._started = time.monotonic()
        self._heard: dict[str, Attempt] = {}
        self._decided = threading.Event()
        self._over = threading.Event()
        self._call = Call(self._look)

    def hear(self, attempt: Attempt) -> None:
        """Take note of an attempt, also of one that only has its handshake; from any thread."""
        self._heard[attempt.address] = attempt
        if attempt.outcome is Outcome.CONNECTED:
            self._decided.set()

    def report(self, observation: Observation) -> Observation:
        """The finished observation with what was seen around the attempt that decided it.

        Cancelled, it has the controls that had ended by then, and no path: half of one proves nothing.
        """
        self._heard.update((attempt.address, attempt) for attempt in observation.attempts)
        self._over.set()
        self._decided.set()
        primary = observation.primary
        try:
            seen = self._call.value(self._end(primary) + 1.0, self._cancel)
            if primary is None:
                return observation
            if seen is None or seen.address != primary.address:
                seen = look_around(observation, self._end(primary), self._cancel, self._hear)
        except CancelledError:
            return replace(observation, controls=tuple(self._controls), cancelled=True)
        return replace(
            observation,
            controls=seen.controls,
            path=seen.path,
            invented=seen.invented,
            route=None if observation.this_machine else _route(primary),
        )

    def _hear(self, seen: Attempt | Hop) -> None:
        if isinstance(seen, Attempt):
            self._controls.append(seen)
        if self._on_seen is not None:
            self._on_seen(seen)

    def _look(self) -> Surroundings | None:
        while not self._decided.wait(min(STEP_S, max(self._started + _PATIENCE_S - time.monotonic(), 0.0))):
            if self._cancel is not None and self._cancel.is_set():
                return None
            if time.monotonic() >= self._started + _PATIENCE_S:
                break
        self._over.wait(_GREETING_S if is_sensitive(self._observation.target) else _SETTLING_S)
        so_far = replace(self._observation, attempts=tuple(self._so_far()))
        try:
            return look_around(so_far, self._end(so_far.primary), self._cancel, self._hear)
        except CancelledError:
            return None  # whoever waits for the report hears of it there

    def _so_far(self) -> Iterable[Attempt]:
        """The attempts as they stand now; those that are still waiting count as silent."""
        waited_ms = (time.monotonic() - self._started) * 1000
        for address in self._observation.resolution.addresses:
            waiting = Attempt(
                address, family_of(address), self._observation.target.port, Outcome.TIMED_OUT, waited_ms
            )
            yield self._heard.get(address, waiting)

    def _end(self, primary: Attempt | None) -> float:
        if primary is not None and primary.outcome.had_handshake:
            return max(self._started + primary.elapsed_ms / 1000 + _CONNECTED_S, time.monotonic() + 0.2)
        return self._started + self._observation.timeout_s + _SILENT_S


def _route(primary: Attempt) -> route.Route | None:
    """The way out as it stands now that the next machine on it was asked for long enough."""
    patience_s = 0.0 if primary.outcome.is_success else route.CONFIRMED_WITHIN_S
    return route.look_up(primary.address, time.monotonic() + patience_s)
