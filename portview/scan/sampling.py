"""Silent ports that would be rejected if only they were asked slowly enough.

A Linux host sends one client a burst of 6 ICMP errors and then 1 a second (icmp_ratelimit, icmp(7);
icmpv6 likewise); whatever else it rejects or has closed stays silent. So where ICMP errors have come
at all, a sample of the silent ports is asked again at that pace. No clock, no sockets.
"""

import random
from collections.abc import Sequence

from portview.probe.errqueue import QueuedError
from portview.scan.knock import Knock

INTERVAL_S = 1.25
_SAMPLE = 6
# So many ports that were rejected only when they were asked again tell of a limit by themselves, where
# an error or a burst of them came at once: if none came, the way was not ready, and if many, they get lost.
_RELENTED = 2
_BURST = range(1, 13)
# So many silent ones in a row, and none rejected, end the sampling: they are dropped indeed.
_ENOUGH_SILENT = 3


class Sampling:
    """The sampling of one host. `sampled` ports were asked again, and `rejected` of them were rejected."""

    __slots__ = (
        "_everyone",
        "_next_s",
        "_queue",
        "error",
        "is_begun",
        "is_flying",
        "is_limited",
        "prompt",
        "rejected",
        "relented",
        "sampled",
    )

    def __init__(self) -> None:
        self.error: QueuedError | None = None
        """The latest ICMP error about a port: without one, there is nothing to find out."""
        self.is_begun = False
        self.is_flying = False
        self.sampled = 0
        self.rejected = 0
        self.prompt = 0
        """How many ports were rejected when they were asked for the first time."""
        self.relented = 0
        """How many ports were rejected only when they were asked again."""
        self.is_limited = False
        """Whether ICMP errors are held back, as far as is known."""
        self._everyone = False
        self._queue: list[Knock] = []
        self._next_s = 0.0

    def left(self, silent: int, *, everyone: bool) -> int:
        """How many ports are still to be asked, of `silent` ones when it has not begun."""
        if self.is_begun:
            return len(self._queue)
        return silent if everyone else min(silent, _SAMPLE)

    @property
    def is_obvious(self) -> bool:
        """Whether it shows without sampling that errors are held back, though not for which ports."""
        return self.relented >= _RELENTED and self.prompt in _BURST

    def heard(self, error: QueuedError, *, tries: int) -> None:
        """An ICMP error came about a port that had been asked so often before there was any sampling."""
        self.error = error
        self.prompt += tries == 1
        self.relented += tries > 1

    def begin(self, silent: Sequence[Knock], now_s: float, *, everyone: bool) -> None:
        """Choose whom to ask: ports from everywhere in the list, or all of them."""
        self.is_begun = True
        self._everyone = everyone
        self._next_s = now_s + INTERVAL_S
        ports = sorted(silent, key=lambda knock: knock.port)
        if not everyone and len(ports) > _SAMPLE:
            chance = random.Random(len(ports))
            step = len(ports) / _SAMPLE
            ports = [ports[int((number + chance.random()) * step)] for number in range(_SAMPLE)]
        self._queue = ports[::-1]

    def next(self, now_s: float) -> Knock | None:
        """Whom to ask now; None when it is too early or nobody is left."""
        if now_s < self._next_s:
            return None
        # The last one has had its time. Not earlier: the kernel's repeat of a SYN may be answered,
        # after 1 s, where the first one was not.
        self.is_flying = False
        if self.sampled >= _ENOUGH_SILENT and not (self.rejected or self._everyone):
            self._queue.clear()
        if not self._queue:
            return None
        self._next_s = now_s + INTERVAL_S
        self.is_flying = True
        self.sampled += 1
        return self._queue.pop()

    def landed(self, error: QueuedError | None) -> None:
        """The one that was asked has answered, with this error or in another way."""
        self.is_flying = False
        if error is not None:
            self.error = error
            self.rejected += 1

    @property
    def is_over(self) -> bool:
        """Whether enough is known."""
        return self.is_begun and not self._queue and not self.is_flying
