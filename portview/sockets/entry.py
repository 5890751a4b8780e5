"""One socket as the kernel tells it, before anything is known of its owners."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from portview.sockets.records import Queue
from portview.vocabulary import Family
from portview.vocabulary import Protocol as Transport

TCP_STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECV",
    4: "FIN_WAIT1",
    5: "FIN_WAIT2",
    6: "TIME_WAIT",
    7: "CLOSE",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "SYN_RECV",  # NEW_SYN_RECV
}
"""include/net/tcp_states.h."""

UDP_STATES = {1: "ESTABLISHED", 7: "UNCONN"}
"""UDP borrows two of them."""

LISTEN = 10
CLOSE = 7
ALONE = frozenset({LISTEN, CLOSE})
"""In these states a socket has no remote end; a UDP socket that has one may have it at port 0."""

BOUND = "BOUND"
"""A TCP socket that has taken a port and neither listens nor connects (TCP_BOUND_INACTIVE)."""


@dataclass(slots=True, unsafe_hash=True)
class Entry:
    """A row of the kernel's tables. Nobody changes one; it is not frozen for the reason `LocalSocket` is not.

    What listens or is only bound has no remote end: its address and port are None. `inode` is None for a
    socket that no process can hold any more (TIME_WAIT, orphans); its `uid` then says nothing and is None as
    well. `queue` is that of a TCP listener, else None. What a table cannot tell is None.
    """

    protocol: Transport
    family: Family
    address: str
    port: int
    remote_address: str | None
    remote_port: int | None
    state: str
    uid: int | None = None
    inode: int | None = None
    queue: Queue | None = None
    interface: str | None = None
    v6only: bool | None = None
    cgroup_id: int | None = None


class Tables(Protocol):
    """The kernel's tables of sockets; `name` is what `Snapshot.source` says."""

    name: str

    def read(self, *, everything: bool) -> Sequence[Entry]:
        """All sockets or the listeners. Raises OSError when refused.

        A socket about which nothing has changed is the same entry as last time, and all is the same
        list where no socket has. While sockets come and go one may be there twice.
        """
        ...
