"""What the engine keeps about a host, a port and a socket while they are on their way to a result."""

import socket
from dataclasses import dataclass, field

from portview.probe.sockaddr import socket_address
from portview.scan.pacing import Timing
from portview.vocabulary import Family

# A host whose answers are there before the system call returns is asked at once; others are not.
EAGER_MISSES = 32


class Host:
    """One host while it is scanned: how to name it to the kernel, and how long to wait for it."""

    __slots__ = ("_rest", "address", "eager", "family", "plain_address", "socket_family", "timing")

    def __init__(self, address: str, timing: Timing) -> None:
        socket_family, (self.plain_address, _, *rest) = socket_address(address, 0)
        self.address = address
        self.family = Family.IPV6 if socket_family is socket.AF_INET6 else Family.IPV4
        self.socket_family = int(socket_family)
        self.timing = timing
        self.eager = EAGER_MISSES
        self._rest = tuple(rest)

    def socket_name(self, port: int) -> tuple[object, ...]:
        """The socket address of one of its ports."""
        return (self.plain_address, port, *self._rest)


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
