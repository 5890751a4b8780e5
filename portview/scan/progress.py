"""How fast a scan goes and how long it will still take. No clock of its own."""

import math

from portview.scan.forecast import Left

# The rate forgets what is older than about this, seconds.
_MEMORY_S = 2.0
# Before this much time has gone by, nothing can be said about the rest.
_FIRST_WORD_S = 0.2


class Meter:
    """Smooths the sending rate and foretells the end."""

    def __init__(self, now_s: float) -> None:
        self.rate_per_s = 0.0
        # The rate while nothing but answers and this machine itself held it back.
        self._free_per_s = 0.0
        self._start_s = now_s
        self._last_s = now_s
        self._last_sent = 0

    def update(self, now_s: float, sent: int, *, is_held: bool = False) -> None:
        """Take in how many knocks have been sent since the start; `is_held`: a router's table was full."""
        passed = now_s - self._last_s
        if passed <= 0:
            return
        rate = (sent - self._last_sent) / passed
        share = 1.0 - math.exp(-passed / _MEMORY_S)
        is_first = self._last_s == self._start_s
        self.rate_per_s += (1.0 if is_first else share) * (rate - self.rate_per_s)
        if not is_held:
            self._free_per_s += (share if self._free_per_s else 1.0) * (rate - self._free_per_s)
        self._last_s, self._last_sent = now_s, sent

    def eta_s(
        self, left: Left, *, bound_s: float = 0.0, in_flight: int, timeout_s: float, slow_s: float = 0.0
    ) -> float | None:
        """Seconds to the end: sending the rest, then waiting for the last ones; None: unknown.

        `bound_s` is how long the sending takes at least by the bounds of the scan, and `slow_s` how long
        the ports take that are asked slowly after all others.
        """
        if not left.sends:
            return (timeout_s if in_flight else 0.0) + slow_s
        if self._last_s - self._start_s < _FIRST_WORD_S:
            return None
        if not (self._free_per_s or bound_s):
            return None
        at_rate_s = left.sends / self._free_per_s if self._free_per_s else 0.0
        return max(max(at_rate_s, bound_s) + timeout_s, left.rounds * timeout_s) + slow_s
