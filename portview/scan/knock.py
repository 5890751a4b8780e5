"""What the engine keeps about a host, a port and a socket while they are on their way to a result."""

import ipaddress
import socket
from dataclasses import dataclass, field

from portview.probe.errqueue import QueuedError
from portview.probe.rtnetlink import Neighbour
from portview.probe.sockaddr import socket_address
from portview.scan.pacing import Timing
from portview.vocabulary import Family

# A host whose answers are there before the system call returns is asked at once; others are not.
EAGER_MISSES = 32
# The kernel asks three times, a second apart, who has an address on the own network (arp(7)); then
# the packets that wait for it fail. With some time for that.
_NEIGHBOUR_SEARCH_S = 3.3


class Host:
    """One host while it is scanned: how to name it to the kernel, and how long to wait for it."""

    __slots__ = (
        "_has_neighbour",
        "_rest",
        "_scope",
        "address",
        "eager",
        "family",
        "first_sent_s",
        "heard",
        "is_judged",
        "plain_address",
        "search_error",
        "search_failed",
        "socket_family",
        "timing",
    )

    def __init__(self, address: str, timing: Timing) -> None:
        socket_family, (self.plain_address, _, *rest) = socket_address(address, 0)
        self.address = address
        self.family = Family.IPV6 if socket_family is socket.AF_INET6 else Family.IPV4
        self.socket_family = int(socket_family)
        self.timing = timing
        self.eager = EAGER_MISSES
        self.heard = False
        """Whether anybody but this machine has answered for it."""
        self.first_sent_s: float | None = None
        self.is_judged = False
        """Whether its silence has been looked into."""
        self.search_failed = False
        """Whether the kernel found nobody to hand the packets to."""
        self.search_error: QueuedError | None = None
        """The ICMP error that said so, where one did."""
        self._rest = tuple(rest)
        self._scope = address.partition("%")[2]
        self._has_neighbour = not ipaddress.ip_address(address.partition("%")[0]).is_loopback

    def socket_name(self, port: int) -> tuple[object, ...]:
        """The socket address of one of its ports."""
        return (self.plain_address, port, *self._rest)

    def is_searched_for(self, now: float) -> bool:
        """Whether its silence may still turn out to be a failed search for a neighbour."""
        if self.heard or self.search_failed or not self._has_neighbour or self.first_sent_s is None:
            return False
        return now - self.first_sent_s < _NEIGHBOUR_SEARCH_S

    @property
    def neighbour(self) -> Neighbour:
        """Its name in the kernel's table of neighbours."""
        return str(self.plain_address), int(str(self._rest[1])) if self._scope else 0

    def scoped(self, sender: str) -> str:
        """The sender of an error about this host, with the interface when it needs one."""
        is_bare_link_local = self._scope and ipaddress.ip_address(sender).is_link_local
        return f"{sender}%{self._scope}" if is_bare_link_local else sender


@dataclass(slots=True, eq=False)
class Knock:
    """One port on its way to a state; `tries` are its sockets that are still open."""

    host: Host
    port: int
    sent: int = 0
    is_done: bool = False
    tries: "list[Try]" = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Try:
    """One socket; `number` counts the tries of its port from 1, `is_over` once it is closed."""

    knock: Knock
    sock: socket.socket
    number: int
    sent_s: float
    is_over: bool = False
