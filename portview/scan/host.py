"""One host while it is scanned: how to name it to the kernel, and how far its ports have come."""

import ipaddress
import math
import socket
from array import array
from collections import deque
from collections.abc import Sequence
from enum import Enum, auto

from portview.netlink.rtnetlink import Neighbour
from portview.probe.errqueue import QueuedError
from portview.probe.sockaddr import socket_address
from portview.scan.canary import Canary
from portview.scan.forecast import NOTHING, Left, Outcomes, left_at
from portview.scan.guard import Guard
from portview.scan.knock import Knock, Try
from portview.scan.loss import Loss
from portview.scan.pacing import Timing, Window
from portview.scan.rate import Pace
from portview.scan.sampling import Sampling
from portview.vocabulary import Family

# A host whose answers are there before the system call returns is asked at once; others are not.
EAGER_MISSES = 32
# Until the unsent ports are through, every eighth knock asks a silent port again: an answer then
# is the first sign that packets get lost.
_RETRY_EVERY = 8


class Reach(Enum):
    """What is between this machine and a host."""

    OWN = auto()
    LINK = auto()
    ROUTED = auto()


class Name:
    """How the kernel calls a host."""

    __slots__ = ("_rest", "_scope", "address", "family", "plain_address", "socket_family")

    def __init__(self, address: str) -> None:
        socket_family, (plain, _, *rest) = socket_address(address, 0)
        self.address = address
        self.plain_address = str(plain)
        self.family = Family.IPV6 if socket_family is socket.AF_INET6 else Family.IPV4
        self.socket_family = int(socket_family)
        self._rest = tuple(rest)
        self._scope = address.partition("%")[2]

    def socket_name(self, port: int) -> tuple[object, ...]:
        """The socket address of one of its ports."""
        return (self.plain_address, port, *self._rest)

    @property
    def neighbour(self) -> Neighbour:
        """Its name in the kernel's table of neighbours."""
        return self.plain_address, int(str(self._rest[1])) if self._scope else 0

    def scoped(self, sender: str) -> str:
        """The sender of an error about this host, with the interface when it needs one."""
        is_bare_link_local = self._scope and ipaddress.ip_address(sender).is_link_local
        return f"{sender}%{self._scope}" if is_bare_link_local else sender


class Host(Name):
    """A host and its ports that are not done yet."""

    __slots__ = (
        "_cursor",
        "again",
        "alive_s",
        "canary",
        "done",
        "eager",
        "first_sent_s",
        "flying",
        "guard",
        "heard_s",
        "held",
        "in_flight",
        "is_sought",
        "is_stopped",
        "loss",
        "outage",
        "pace",
        "port_count",
        "ports",
        "reach",
        "rejections",
        "sampling",
        "search_error",
        "search_failed",
        "sent",
        "silences",
        "silent",
        "silent_s",
        "timing",
        "way_s",
        "window",
    )

    def __init__(
        self,
        address: str,
        ports: Sequence[int],
        reach: Reach,
        timing: Timing,
        window: Window,
        loss: Loss,
        pace: Pace | None,
    ) -> None:
        super().__init__(address)
        self.ports = array("H", ports)
        self._cursor = 0
        self.port_count = len(ports)
        self.reach = reach
        self.timing = timing
        self.window = window
        self.pace = pace
        self.eager = EAGER_MISSES
        self.loss = loss
        self.canary = Canary()
        self.guard = Guard()
        self.sampling = Sampling()
        self.sent = 0
        self.in_flight = 0
        self.done = 0
        self.silences = 0
        """Ports that are done and were silent."""
        self.rejections = 0
        """Ports that are done by an ICMP error."""
        self.flying: deque[Try] = deque()
        """Tries on their way, the oldest first; those that are over are still among them."""
        self.again: deque[Knock] = deque()
        """Silent ports to be asked once more."""
        self.held: deque[Knock] = deque()
        """Ports asked often enough, whose silence is not believed yet."""
        self.silent: list[Knock] = []
        """Ports whose silence is believed, but may be a rejection that was not sent for want of tokens."""
        self.heard_s = math.inf
        """When it first answered."""
        self.way_s = math.inf
        """When the first knock was sent that has been answered: from then on there was a way to it."""
        self.alive_s = -math.inf
        """When the latest knock was sent that has been answered."""
        self.silent_s = -math.inf
        """When the latest knock was sent that has not been answered in its time."""
        self.outage = (math.inf, math.inf)
        """Between which times the host was gone when it was lost last."""
        self.first_sent_s: float | None = None
        self.is_sought = reach is Reach.LINK
        """Whether the kernel has found no neighbour so far to hand the packets to."""
        self.search_failed = False
        """Whether the kernel found nobody to hand the packets to."""
        self.search_error: QueuedError | None = None
        """The ICMP error that said so, where one did."""
        self.is_stopped = False
        """Whether it is left as it is, with the ports that have not finished."""

    @property
    def heard(self) -> bool:
        """Whether anybody but this machine has answered for it."""
        return self.way_s < math.inf

    @property
    def unsent(self) -> int:
        """How many ports have not been knocked at."""
        return len(self.ports) - self._cursor

    @property
    def is_doubted(self) -> bool:
        """Whether it has been silent, and nothing that was sent last has been answered."""
        last_s = self.flying[-1].sent_s if self.flying else self.silent_s
        return self.silent_s > -math.inf and max(last_s, self.silent_s) > self.alive_s

    @property
    def first_flying(self) -> Try | None:
        """The try that has been on its way for longest."""
        while self.flying and self.flying[0].is_over:
            self.flying.popleft()
        return self.flying[0] if self.flying else None

    @property
    def to_send(self) -> int:
        """Knocks still to be sent, as far as known."""
        return self.unsent + len(self.again)

    @property
    def is_known(self) -> bool:
        """Whether anything was answered, or silent for its time."""
        return self.done > 0 or self.silent_s > -math.inf

    @property
    def left(self) -> Left:
        """What is still to be done if the other ports come out as those that are known.

        Whom the kernel has not found so far is most likely off, and all of its ports are done at once then.
        """
        if self.is_sought:
            return NOTHING
        tries = self.loss.tries_for(self.port_count)
        waiting = len(self.again) + len(self.held) + len(self.silent)
        known, silent = self.done + waiting, self.silences + waiting
        shares = (silent / known, self.rejections / known) if known else (1.0, 0.0)
        flying = self.first_flying
        ends = (self.again[0].counting + self.again[-1].counting) / 2 if self.again else 0.0
        return left_at(
            Outcomes(*shares, tries),
            self.unsent,
            (self.in_flight, flying.number if flying else 0.0),
            (len(self.again), ends),
        )

    @property
    def is_done(self) -> bool:
        """Whether every port has its result, or the host was left."""
        return self.is_stopped or not (
            self.unsent or self.again or self.in_flight or self.held or self.silent
        )

    def next_knock(self) -> Knock | None:
        """What is to be sent next: mostly a port not yet asked, now and then a silent one again."""
        while self.again and (not self.unsent or self.sent % _RETRY_EVERY == 0):
            knock = self.again.popleft()
            if not knock.is_done:
                return knock
        ports = self.take(1)
        return Knock(self, ports[0]) if ports else None

    def take(self, count: int) -> Sequence[int]:
        """The next ports that nobody has knocked at yet."""
        ports = self.ports[self._cursor : self._cursor + count]
        self._cursor += len(ports)
        return ports

    def give_back(self, count: int) -> None:
        """Take back the last ports that were taken: they were not knocked at."""
        self._cursor -= count

    def stop(self) -> None:
        """Leave the rest as it is."""
        self.is_stopped = True
        self._cursor = len(self.ports)
        self.again.clear()
        self.held.clear()
        self.silent.clear()
