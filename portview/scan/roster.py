"""The hosts of a scan: those to come, those that are asked side by side, and those that are over."""

from collections import deque
from collections.abc import Iterator

from portview.scan.forecast import NOTHING, Left
from portview.scan.host import Host

# Hosts side by side. The kernel searches for 1,024 neighbours at most (gc_thresh3, arp(7)).
_SIDE_BY_SIDE = 512


class Roster:
    """`present` hosts take turns; of those `over` nothing more will come."""

    def __init__(self, hosts: Iterator[Host], ports: int) -> None:
        """Prepare for hosts with so many ports in all."""
        self.present: deque[Host] = deque()
        self.over: list[Host] = []
        self._coming = hosts
        self._ports = self._coming_ports = ports

    @property
    def window(self) -> int:
        """Knocks that may be in flight to all of them."""
        return sum(host.window.size for host in self.present)

    @property
    def timeout_s(self) -> float:
        """The longest wait among them."""
        return max((host.timing.timeout_s for host in self.present), default=0.0)

    @property
    def lost(self) -> tuple[str, ...]:
        """Those that have stopped answering and are waited for."""
        return tuple(host.address for host in self.present if host.canary.is_lost)

    @property
    def has_leavers(self) -> bool:
        """Whether one of those present is done."""
        return any(host.is_done for host in self.present)

    def refresh(self, most: int) -> None:
        """Dismiss those that are done, and let others in while a window of `most` is not filled.

        Who is still searched for fills none: of a network, most addresses may be free.
        """
        if self.has_leavers:
            self.over += [host for host in self.present if host.is_done]
            self.present = deque(host for host in self.present if not host.is_done)
        while len(self.present) < _SIDE_BY_SIDE and self._ready < most:
            host = next(self._coming, None)
            if host is None:
                return
            self._coming_ports -= host.port_count
            self.present.append(host)

    def hand_over(self) -> list[Host]:
        """Every host that has come; none is kept, for what a roster belongs to may live on."""
        came = [*self.over, *self.present]
        self.over, self.present = [], deque()
        return came

    def left(self, sent: int, staying: int) -> Left | None:
        """What is still to be done, as far as can be foretold; None while nothing is known.

        So many knocks have been `sent`, and those of them that were `staying` have kept their places in
        a router's table: hosts to come are taken for like those that came.
        """
        if not (self.over or any(host.is_known for host in self.present)):
            return None
        left = sum((host.left for host in self.present), NOTHING)
        asked = self._ports - self._coming_ports - self._ready
        if not (asked and self._coming_ports):
            return left
        share = self._coming_ports / asked
        return left + Left(sent * share, staying * share, left.rounds)

    @property
    def _ready(self) -> int:
        return sum(host.unsent for host in self.present if not host.is_sought)
