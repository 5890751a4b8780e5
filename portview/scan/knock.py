"""A knock on its way to a result, and the tries that were made of it."""

import socket
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from portview.probe.errqueue import QueuedError
from portview.scan.states import Verdict

if TYPE_CHECKING:
    from portview.scan.host import Host


class Purpose(Enum):
    """What a knock is for; only ports that were asked for become results."""

    PORT = auto()
    CANARY = auto()
    """Whether a port that has answered still does: if not, silence means nothing."""
    SAMPLE = auto()
    """Whether a silent port is rejected when ICMP errors are not in short supply."""
    PROOF = auto()
    """Whether a port that nobody asked for is open as well."""


@dataclass(slots=True, eq=False)
class Knock:
    """One port on its way to a state; `tries` are those of it that may still be answered.

    `sent` counts those that have been made so far, `unheard` the silent ones of them that may have been
    made before there was a way to the host; `last_sent_s` is when the last one was. `ttl` is for knocks
    that shall not pass the first router. `pending` is a verdict that waits to be believed. `answer` is the
    datagram that was answered.
    """

    host: "Host"
    port: int
    purpose: Purpose = Purpose.PORT
    ttl: int | None = None
    sent: int = 0
    unheard: int = 0
    last_sent_s: float = 0.0
    is_done: bool = False
    pending: tuple[Verdict, QueuedError | None, float | None] | None = None
    answer: bytes | None = None
    tries: "list[Try]" = field(default_factory=list)

    @property
    def counting(self) -> int:
        """How many of its tries tell something by their silence.

        While the way to a host is still being found, the kernel keeps the latest packets alone (arp(7),
        unres_qlen_bytes): what was sent before all that has been answered may never have left.
        """
        return self.sent - self.unheard if self.host.heard else self.sent


@dataclass(slots=True, eq=False)
class Try:
    """One knock made once; `number` counts those of its port from 1.

    `is_over` once nothing is expected of it any more, `is_late` once it has been silent for its time
    and its place in the window is given away. `sock` is its own socket, where it needs one.
    """

    knock: Knock
    number: int
    sent_s: float
    sock: socket.socket | None = None
    is_late: bool = False
    is_over: bool = False


class Answer(NamedTuple):
    """What came of a try: an errno, 0 when the port answered, or SELF_CONNECT.

    `queued` is the ICMP error behind it, `data` the datagram that was answered, where there is one.
    """

    one: Try
    error_number: int
    queued: QueuedError | None = None
    data: bytes | None = None
