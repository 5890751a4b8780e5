"""How fast a scan goes and how long it will still take. No clock of its own."""

import math

# The rate forgets what is older than about this, seconds.
_MEMORY_S = 2.0
# Before this much time has gone by, nothing can be said about the rest.
_FIRST_WORD_S = 0.2


class Meter:
    """Smooths the sending rate and foretells the end."""

    def __init__(self, now_s: float) -> None:
        self.rate_per_s = 0.0
        self._start_s = now_s
        self._last_s = now_s
        self._last_sent = 0

    def update(self, now_s: float, sent: int) -> None:
        """Take in how many knocks have been sent since the start."""
        passed = now_s - self._last_s
        if passed <= 0:
            return
        rate = (sent - self._last_sent) / passed
        is_first = self._last_s == self._start_s
        share = 1.0 if is_first else 1.0 - math.exp(-passed / _MEMORY_S)
        self.rate_per_s += share * (rate - self.rate_per_s)
        self._last_s, self._last_sent = now_s, sent

    def eta_s(self, to_send: int, in_flight: int, timeout_s: float, slow_s: float = 0.0) -> float | None:
        """Seconds to the end: sending the rest, then waiting for the last ones; None: unknown.

        `slow_s` is how long the ports take that are asked slowly after all others.
        """
        waiting = timeout_s if in_flight else 0.0
        if not to_send:
            return waiting + slow_s
        if self._last_s - self._start_s < _FIRST_WORD_S or self.rate_per_s <= 0:
            return None
        return to_send / self.rate_per_s + timeout_s + slow_s
