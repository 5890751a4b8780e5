"""How many new connections a second a scan may make. No clock, no sockets.

A packet to a host behind a router takes a place in that router's table of connections
(nf_conntrack), and a home router has few: OpenWrt's builds have long set 16,384. An unanswered SYN
keeps its place for 120 s, a refused or reset connection for 10 s (nf_conntrack-sysctl.rst). When
the table is full, the router drops the packets of everybody behind it. So a scan through a router
takes half of such a table at most: the first 4,096 knocks go out as fast as they are answered, then
it slows down, to about 700 a second at a host that refuses, and 67 a second where all is silent.

Within a network no table is in the way: there, 20,000 a second a host (10 Mbit/s of SYNs) keep a
wireless link usable. At this machine itself nothing has to be spared.
"""

from collections import Counter, deque

LINK_RATE_PER_S = 20_000.0
ROUTER_PLACES = 8192
_KEPT_SILENT_S = 120
_KEPT_CLOSED_S = 10
# What is free of the second half of the places is taken within about this time.
_FILL_S = 2.0
# What was not used may be made up for within this time, seconds.
_BURST_S = 0.02


class Pace:
    """At most `rate_per_s` knocks a second (a token bucket)."""

    def __init__(self, rate_per_s: float) -> None:
        self.rate_per_s = rate_per_s
        self._most = max(1.0, rate_per_s * _BURST_S)
        self._tokens = self._most
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


class RouterTable:
    """The places that a scan takes in the table of the router before its hosts, in steps of 1 s."""

    def __init__(self, places: int = ROUTER_PLACES) -> None:
        self._places = places
        self._silent: Counter[int] = Counter()
        self._closed: deque[tuple[int, int]] = deque()
        self._taken = 0
        self._tokens = 0.0
        self._last_s: float | None = None

    def room(self, now_s: float) -> int:
        """How many connections may be made now."""
        second = int(now_s)
        for old in [sent for sent in self._silent if sent <= second - _KEPT_SILENT_S]:
            self._taken -= self._silent.pop(old)
        while self._closed and self._closed[0][0] <= second - _KEPT_CLOSED_S:
            self._taken -= self._closed.popleft()[1]
        free = self._places - self._taken
        passed = 0.0 if self._last_s is None else now_s - self._last_s
        self._tokens = min(self._tokens + passed * free / _FILL_S, free)
        self._last_s = now_s
        return max(free - self._places // 2, int(self._tokens))

    def sent(self, now_s: float) -> None:
        """A connection takes a place."""
        self._silent[int(now_s)] += 1
        self._taken += 1
        self._tokens = max(0.0, self._tokens - 1)

    def answered(self, sent_s: float, now_s: float) -> None:
        """A connection that was made at `sent_s` has ended: its place will soon be free."""
        if not self._silent[int(sent_s)]:
            return
        self._silent[int(sent_s)] -= 1
        second = int(now_s)
        count = self._closed.pop()[1] if self._closed and self._closed[-1][0] == second else 0
        self._closed.append((second, count + 1))
