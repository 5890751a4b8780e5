"""How many knocks are in flight at once, and how long each is waited for. No clock, no sockets."""

import math
from collections import deque

# Bounds of the wait for one knock, seconds.
TIMEOUT_MIN_S = 0.1
TIMEOUT_MAX_S = 3.0
TIMEOUT_FIRST_S = 1.0
# From 1 s on, an answer may belong to the kernel's own repeat of the SYN: no sample of the RTT.
UNAMBIGUOUS_S = 0.9
_SAMPLES = 256
_RECOMPUTE_EVERY = 16

WINDOW_START = 64
WINDOW_MAX = 6400
_WINDOW_SILENT = 1024
_SILENT_AFTER_S = 0.25
_GROWTH = 8.0
_LOSS_FACTOR = 0.7
_SHORTAGE_FACTOR = 0.8
# Silence is taken for a filter, and not for loss, when it outnumbers the answers by this factor.
_MOSTLY_SILENT = 4
# What is delivered is counted over at least this long, and the best of so many counts is believed.
_DELIVERY_S = 0.05
_DELIVERIES = 8
# Twice what the link is known to carry, as BBR has it (draft-cardwell-iccrg-bbr-congestion-control).
_DELIVERY_GAIN = 2.0


class Timing:
    """How long to wait for one host, from a high percentile of its recent round trips.

    A percentile, because an average forgets the slow tail: ports that answer late would be lost.
    """

    def __init__(self, fixed_s: float | None = None, minimum_s: float = TIMEOUT_MIN_S) -> None:
        self.timeout_s = fixed_s if fixed_s is not None else max(TIMEOUT_FIRST_S, minimum_s)
        self.median_s: float | None = None
        self._is_fixed = fixed_s is not None
        self._minimum_s = minimum_s
        self._recent: deque[float] = deque(maxlen=_SAMPLES)
        self._new = 0

    def sample(self, rtt_s: float) -> None:
        """Take in one round trip."""
        if rtt_s > UNAMBIGUOUS_S:
            return
        self._recent.append(rtt_s)
        self._new += 1
        if self._new >= _RECOMPUTE_EVERY or len(self._recent) < _RECOMPUTE_EVERY:
            self._new = 0
            ordered = sorted(self._recent)
            self.median_s = ordered[len(ordered) // 2]
            if not self._is_fixed:
                p98 = ordered[math.ceil(0.98 * len(ordered)) - 1]
                self.timeout_s = min(max(1.5 * p98 + 0.02, self._minimum_s), TIMEOUT_MAX_S)


class Window:
    """The number of knocks at one host that may be in flight at once.

    It grows with every answer, fast until the first loss and then slowly, and shrinks when packets
    get lost; but never below twice what the link has just been seen to carry (answers a second times
    the shortest round trip). So loss by chance, as radio has it, does not slow a scan down, and loss
    that the scan itself causes does: there, more knocks bring no more answers.

    Silence makes it grow only where silence is the rule: a firewall that drops can be waited for in
    parallel, while a few silent ports among many answers may be a crowded link.
    """

    def __init__(self, limit: int = WINDOW_MAX) -> None:
        self.limit = max(1, limit)
        self._size = float(min(WINDOW_START, self.limit))
        self._is_slow_start = True
        self._answers = 0
        self._silences = 0
        self._last_loss_s = -math.inf
        self._shortest_s = math.inf
        self._count_since_s: float | None = None
        self._counted = 0
        self._deliveries: deque[float] = deque(maxlen=_DELIVERIES)

    @property
    def size(self) -> int:
        """Knocks that may be in flight now."""
        return int(self._size)

    @property
    def is_mostly_silent(self) -> bool:
        """Whether silence is the rule here."""
        return self._silences > _MOSTLY_SILENT * self._answers

    def answered(self, now_s: float, rtt_s: float) -> None:
        """Count one answer, of whatever kind."""
        self._answers += 1
        self._shortest_s = min(self._shortest_s, rtt_s)
        self._deliver(now_s)
        self._resize(self._size + (1.0 if self._is_slow_start else _GROWTH / self._size))

    def silent(self) -> None:
        """Count one knock that stayed without an answer."""
        self._silences += 1
        if self.is_mostly_silent:
            self._resize(self._size + 1.0)

    def nothing_yet(self, since_s: float) -> None:
        """Say that no knock has been answered at all since the first one, `since_s` ago."""
        if self._answers == 0 and since_s > _SILENT_AFTER_S:
            self._resize(max(self._size, _WINDOW_SILENT))

    def lost(self, now_s: float, timeout_s: float) -> None:
        """Take note that a packet got lost: a port answered only when it was asked again.

        Shrinks once per flight: the losses of one `timeout_s` are one event.
        """
        self._is_slow_start = False
        if now_s - self._last_loss_s >= timeout_s:
            self._last_loss_s = now_s
            self._resize(max(self._size * _LOSS_FACTOR, min(self._floor, self._size)))

    def restart(self) -> None:
        """Begin small again: the host was gone for a while."""
        self._deliveries.clear()
        self._resize(WINDOW_START)

    @property
    def _floor(self) -> float:
        if not self._deliveries:
            return WINDOW_START
        return max(WINDOW_START, _DELIVERY_GAIN * max(self._deliveries) * self._shortest_s)

    def _deliver(self, now_s: float) -> None:
        if self._count_since_s is None:
            self._count_since_s = now_s
        self._counted += 1
        passed = now_s - self._count_since_s
        if passed < max(_DELIVERY_S, self._shortest_s):
            return
        self._deliveries.append(self._counted / passed)
        self._count_since_s, self._counted = now_s, 0
        if not self.is_mostly_silent:
            self._resize(max(self._size, self._floor))

    def _resize(self, size: float) -> None:
        self._size = min(max(size, 1.0), float(self.limit))


class Ceiling:
    """The most knocks in flight at all hosts together: what this machine can carry."""

    def __init__(self, limit: int) -> None:
        self._limit = self._size = float(max(1, limit))

    @property
    def size(self) -> int:
        """Knocks that may be in flight now."""
        return int(self._size)

    def starved(self, in_flight: int) -> None:
        """Shrink below what is in flight: this machine cannot carry as much."""
        self._size = max(1.0, min(self._size, in_flight * _SHORTAGE_FACTOR))

    def relieved(self) -> None:
        """Grow a little: a knock has come to its end."""
        if self._size < self._limit:
            self._size = min(self._limit, self._size + _GROWTH / self._size)
