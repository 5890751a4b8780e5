"""What may be sent now: by what this machine can carry, by the rate, and by the router on the way."""

import errno

from portview.probe.outcomes import errno_name
from portview.scan.host import Host, Reach
from portview.scan.pacing import Ceiling
from portview.scan.rate import Pace, Router
from portview.scan.states import CONGESTION
from portview.vocabulary import Protocol

_SHORTAGE_PAUSE_S = 0.01
# A shortage that lasts as long with nothing achieved ends the scan.
_GIVE_UP_S = 5.0


class Allowance:
    """The bounds of a whole scan; those of a single host are with it.

    `rate` bounds all hosts together, `router` those behind a router.
    """

    def __init__(
        self,
        protocol: Protocol,
        ceiling: Ceiling,
        rate: Pace | None,
        router: Router | None,
    ) -> None:
        self.gave_up: str | None = None
        """The errno of the shortage that ended the scan."""
        self.hold_until_s = 0.0
        """Until when nothing is sent, for a shortage."""
        self._protocol = protocol
        self._ceiling = ceiling
        self._rate = rate
        self._router = router
        self._short_since_s: float | None = None

    @property
    def most(self) -> int:
        """Knocks that may be in flight at all hosts together."""
        return self._ceiling.size

    def room(self, host: Host, in_flight: int, now: float) -> int:
        """How many knocks may be sent to a host now, while so many are in flight at all hosts."""
        if host.canary.is_lost or host.is_sought or now < self.hold_until_s:
            return 0
        room = min(host.window.size - host.in_flight, self._ceiling.size - in_flight)
        for bound in (self._rate, host.pace, self._router_of(host)):
            if bound is not None and room > 0:
                room = min(room, bound.room(now))
        return room

    def sent(self, host: Host, count: int, now: float) -> None:
        """Knocks were sent to a host."""
        for pace in (self._rate, host.pace):
            if pace is not None:
                pace.spend(count)
        if router := self._router_of(host):
            for _ in range(count):
                router.sent(now, self._protocol)

    def answered(self, host: Host, error_number: int, sent_s: float, now: float) -> None:
        """A TCP knock of `sent_s` was answered by the port itself: with an errno, 0 for a connection."""
        router = self._router_of(host)
        if router is None or self._protocol is Protocol.UDP:
            return
        if error_number == errno.ECONNREFUSED:
            router.refused(sent_s)
        else:
            router.opened(sent_s, now)

    def wait_s(self, sends: float, staying: float, now: float) -> float:
        """How long so many knocks take by the bounds alone; `staying` of them keep their places."""
        at_rate_s = sends / self._rate.rate_per_s if self._rate else 0.0
        at_router_s = self._router.wait_s(staying, now, self._protocol) if self._router else 0.0
        return max(at_rate_s, at_router_s)

    @property
    def is_held(self) -> bool:
        """Whether the table of the router keeps knocks back."""
        return self._router is not None and self._router.is_full

    @property
    def staying(self) -> int:
        """How many knocks have kept a place in the table of the router."""
        return self._router.staying if self._router else 0

    def short(self, in_flight: int, why: OSError, now: float) -> None:
        """This machine is short of something: with so many in flight, it cannot carry as much.

        A full buffer says nothing of that, only that it is too early to send more.
        """
        name = errno_name(why.errno or errno.EIO)
        if name not in CONGESTION:
            self._ceiling.starved(in_flight)
        self.hold_until_s = now + _SHORTAGE_PAUSE_S
        if self._short_since_s is None:
            self._short_since_s = now
        elif now - self._short_since_s > _GIVE_UP_S:
            self.gave_up = name

    def achieved(self) -> None:
        """Something was achieved: no shortage lasts."""
        self._short_since_s = None

    def relieved(self) -> None:
        """A knock has come to its end."""
        self._ceiling.relieved()

    def _router_of(self, host: Host) -> Router | None:
        return self._router if host.reach is Reach.ROUTED else None
