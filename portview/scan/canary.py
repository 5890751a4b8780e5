"""The canary: a port that has answered is asked again, and while it answers, silence means something.

When it stops answering, the host or the way to it is gone. Then nothing that was silent since is
believed, and nothing more is sent but canaries, until one of them comes back. No clock, no sockets.
"""

import math
from collections import deque

from portview.scan.loss import Loss

# Not oftener than this: for a port that refused, and for one where a service listens.
_INTERVAL_S = 0.05
_INTERVAL_OPEN_S = 0.5
_INTERVAL_LOST_S = 0.5
# Canaries that must fail in a row, at least; more where packets get lost.
_MISSES_MIN = 3
_FALSE_ALARM = 1e-5
# How long a host that is gone is waited for.
PATIENCE_S = 60.0
_OPEN_ONES = 4
# sshd counts who connects and leaves, and shuts them out (PerSourcePenalties, sshd_config(5)).
_NEVER = frozenset({22})


class Canary:
    """The canary of one host: a port that refuses, or else a few open ones in turn."""

    __slots__ = ("_last_s", "_misses", "_ports", "_since_s", "is_flying", "is_open")

    def __init__(self) -> None:
        self.is_open = True
        self._ports: deque[int] = deque(maxlen=_OPEN_ONES)
        self.is_flying = False
        self._last_s = -math.inf
        self._misses = 0
        self._since_s: float | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the host has stopped answering."""
        return self._since_s is not None

    @property
    def port(self) -> int | None:
        """Whom to ask, None while no port is fit for it."""
        return self._ports[0] if self._ports else None

    def offer(self, port: int, *, is_open: bool) -> None:
        """Take a port that has answered; one that refuses is best, it troubles no service."""
        if not self.is_open or port in _NEVER:
            return
        if not is_open:
            self.is_open = False
            self._ports.clear()
        self._ports.append(port)

    def is_due(self, now_s: float, timeout_s: float) -> bool:
        """Whether another one may be sent."""
        if not self._ports or self.is_flying:
            return False
        pause_s = max(_INTERVAL_OPEN_S if self.is_open else _INTERVAL_S, timeout_s / 2)
        return now_s - self._last_s >= (_INTERVAL_LOST_S if self.is_lost else pause_s)

    def sent(self, now_s: float) -> None:
        """It is on its way."""
        self.is_flying = True
        self._last_s = now_s

    def answered(self) -> None:
        """The host has answered, to a canary or to anything else."""
        self._misses = 0
        self._since_s = None

    def missed(self, now_s: float, loss: Loss) -> bool:
        """It was not answered. Returns whether that makes the host lost."""
        self._misses += 1
        # A service may be too busy to answer: the next one may not.
        self._ports.rotate(-1)
        share = max(loss.share or 0.0, 1e-3)
        needed = max(_MISSES_MIN, math.ceil(math.log(_FALSE_ALARM) / math.log(min(share, 0.5))))
        if self.is_lost or self._misses < needed:
            return False
        self._since_s = now_s
        return True

    def is_given_up(self, now_s: float) -> bool:
        """Whether the host has been gone for so long that the scan goes on without it."""
        return self._since_s is not None and now_s - self._since_s >= PATIENCE_S
