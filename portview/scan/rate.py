"""How many new connections a second a scan may make. No clock, no sockets.

A router keeps a place for each connection through it (nf_conntrack), and home routers have few:
OpenWrt's builds have long had 16,384, others have from 4,096 on. When all are taken, the router
drops the packets of everybody behind it. How long a place is kept depends on what comes back
(nf_conntrack-sysctl.rst, nf_conntrack_proto_tcp.c):

- a refusal frees it at once: a connection whose only reply is a RST is deleted with that reply;
- a connection that was made and reset keeps it for 10 s (CLOSE);
- silence keeps it for 120 s (SYN_SENT), and so does an ICMP error, which ends no connection;
- a UDP datagram keeps it for 30 s, whatever comes back.

So ports that refuse cost a router only its processor: all hosts behind one are asked 8,000 times a
second at most. With the answers that is 16,000 packets, as many as a download of 200 Mbit/s has, in
4 Mbit/s each way; a router that cannot do it loses some, and then the window shrinks (pacing.py).

Ports that stay silent cost places, of which a scan takes 8,192 at most: the first 4,096 as fast as
they come, the others slowly, and in the long run 67 a second. A smaller Linux table that is full gives
up such unanswered places first (early_drop() in nf_conntrack_core.c). pf has 100,000 places, keeps those
of refused ports, too, and keeps all of them the shorter the fuller it is (pf.conf(5), adaptive.start).

Within a network no table is in the way: there, 20,000 a second a host (10 Mbit/s of SYNs) keep a
wireless link usable. At this machine itself nothing has to be spared.
"""

import math
from collections import Counter

from portview.vocabulary import Protocol

LINK_RATE_PER_S = 20_000.0
ROUTED_RATE_PER_S = 8_000.0
ROUTER_PLACES = 8192
_KEPT_S = {Protocol.TCP: 120, Protocol.UDP: 30}
_KEPT_CLOSED_S = 10
# What is free of the second half of the places is taken within about this time.
_FILL_S = 2.0
_FILLED_IN_1_S = 1 - math.exp(-1 / _FILL_S)
# With less room than this, it is the table that sets the pace.
_FEW = 16
# What was not used may be made up for within this time, seconds.
_BURST_S = 0.02


class Pace:
    """At most `rate_per_s` knocks a second (a token bucket)."""

    def __init__(self, rate_per_s: float) -> None:
        self.rate_per_s = rate_per_s
        # One more, of which a fraction is there while the next whole one is waited for.
        self._most = 1.0 + rate_per_s * _BURST_S
        self._tokens = max(1.0, rate_per_s * _BURST_S)
        self._last_s: float | None = None

    def room(self, now_s: float) -> int:
        """How many knocks may be sent now."""
        if self._last_s is not None:
            self._tokens = min(self._most, self._tokens + (now_s - self._last_s) * self.rate_per_s)
        self._last_s = now_s
        return int(self._tokens)

    def spend(self, count: int = 1) -> None:
        """Count what was sent."""
        self._tokens -= count


class Router:
    """What a scan asks of the router before its hosts: a pace, and places in its table, in steps of 1 s.

    `staying` counts the knocks that have kept their places, `is_full` says that the table keeps others back.
    """

    def __init__(self, places: int = ROUTER_PLACES) -> None:
        self.staying = 0
        self.is_full = False
        self._pace = Pace(ROUTED_RATE_PER_S)
        self._places = places
        # How many places become free in which second.
        self._until: Counter[int] = Counter()
        self._second = 0
        self._taken = 0
        self._tokens = 0.0
        self._last_s: float | None = None

    def room(self, now_s: float) -> int:
        """How many knocks may be sent now."""
        if int(now_s) > self._second:
            self._second = int(now_s)
            for second in [until for until in self._until if until <= now_s]:
                self._taken -= self._until.pop(second)
        free = self._places - self._taken
        passed = 0.0 if self._last_s is None else now_s - self._last_s
        self._tokens = min(self._tokens + passed * free / _FILL_S, free)
        self._last_s = now_s
        room = max(free - self._places // 2, int(self._tokens))
        self.is_full = room < _FEW
        return min(room, self._pace.room(now_s))

    def sent(self, now_s: float, protocol: Protocol) -> None:
        """A knock takes a place."""
        self._take(_next_second(now_s) + _KEPT_S[protocol])
        self.staying += 1
        self._tokens = max(0.0, self._tokens - 1)
        self._pace.spend()

    def refused(self, sent_s: float) -> None:
        """The TCP port that was asked at `sent_s` refuses: the place is free again."""
        if self._free(_next_second(sent_s) + _KEPT_S[Protocol.TCP]):
            self.staying -= 1

    def opened(self, sent_s: float, now_s: float) -> None:
        """The TCP connection that was made at `sent_s` is reset now: its place will soon be free."""
        if self._free(_next_second(sent_s) + _KEPT_S[Protocol.TCP]):
            self._take(_next_second(now_s) + _KEPT_CLOSED_S)

    def wait_s(self, staying: float, now_s: float, protocol: Protocol) -> float:
        """Until when so many more knocks have been made whose places are kept, in seconds from now."""
        period = _KEPT_S[protocol]
        # In so long, every place is given away once: what was free of them filled up again meanwhile.
        full = max(0, math.ceil(staying) - 1) // self._places
        left, wait_s = staying - full * self._places, full * (period + _FILL_S)
        taken, half = float(self._taken), self._places // 2
        for second in range(period):
            taken -= self._until.get(_next_second(now_s) + second, 0)
            free = self._places - taken
            at_once = max(0.0, free - half, 0.0 if second else self._tokens)
            given = at_once + _FILLED_IN_1_S * (free - at_once)
            if left <= given + 1:
                return wait_s + second + max(0.0, left - at_once) / max(1.0, given - at_once)
            left -= given
            taken += given
        return wait_s + period

    def _take(self, until: int) -> None:
        self._until[until] += 1
        self._taken += 1

    def _free(self, until: int) -> bool:
        if not self._until[until]:
            return False
        self._until[until] -= 1
        self._taken -= 1
        return True


def _next_second(now_s: float) -> int:
    return int(now_s) + 1
