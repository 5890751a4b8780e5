"""What the kernel says about this machine's sockets: frozen records.

Unknown is a value: a field that could not be read is None, and the snapshot's `hidden` says how
many owners are hidden and why.
"""

from dataclasses import dataclass
from enum import StrEnum

from portview.sockets.machine import NOTHING_KNOWN, Machine
from portview.vocabulary import Family, Protocol


class Reach(StrEnum):
    """Who can knock at a socket, judged by the address and the interface that it is bound to."""

    LOOPBACK = "loopback"
    LINK_LOCAL = "link_local"
    NETWORK = "network"


class PortKind(StrEnum):
    """The ranges of RFC 6335, section 6."""

    SYSTEM = "system"
    USER = "user"
    DYNAMIC = "dynamic"


class Sharing(StrEnum):
    """How several processes come to hold one port."""

    INHERITED = "inherited"
    REUSE_PORT = "reuse_port"


class HiddenReason(StrEnum):
    """Why owners could not be read.

    `not_root`: other users' processes are closed to an ordinary user (proc(5), ptrace(2)).
    `denied`: root, and still denied: without CAP_SYS_PTRACE, as in most containers, or by a
    security module.
    `other_namespace`: the holders live outside this process's PID namespace (pid_namespaces(7)).
    `no_procfs`: the kernel's tables themselves cannot be read.
    `not_told`: this system does not say what may be seen of others' processes (Windows).
    """

    NOT_ROOT = "not_root"
    DENIED = "denied"
    OTHER_NAMESPACE = "other_namespace"
    NO_PROCFS = "no_procfs"
    NOT_TOLD = "not_told"


# Characters of an owner's text.
COMMAND_LIMIT = 4096
NAME_LIMIT = 256


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that holds a socket. All text is already safe to show.

    `started` is seconds since the epoch; with `pid` it names one process for ever. `stopped` says that
    a signal or a debugger keeps it from running (states T and t of proc_pid_stat(5)); None: not known.
    """

    pid: int
    name: str | None = None
    command: str | None = None
    user: str | None = None
    started: float | None = None
    stopped: bool | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """Who shares a port, and how. `pids` are all the holders that could be read, this one's included."""

    how: Sharing
    pids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """Connections that wait to be accepted, and how many may; None: not available from this source."""

    waiting: int | None
    limit: int | None


@dataclass(slots=True)
class LocalSocket:
    """One socket of this machine. Nobody changes one; a frozen class takes three times as long to make it.

    `state` is the kernel's word (LISTEN, ESTABLISHED ...; UDP that is bound and unconnected: UNCONN; TCP
    that has a port and does nothing with it: BOUND). `remote_*` is None for listeners. `owners` is empty
    when no owner could be read, which is not the same as having none: `owner_hidden` tells. A socket that
    no process holds is mostly the kernel's (NFS, WireGuard, a connection in TIME_WAIT). The first of
    several owners is the one that tells most. `uid` is the user who made the socket. `ephemeral` says
    that the port lies in the range this machine gives to outgoing connections. `interface` is the one
    that the socket is bound to (SO_BINDTODEVICE of socket(7), or a link-local address). `v6only` is
    IPV6_V6ONLY of ipv6(7): an IPv6 wildcard without it takes IPv4 clients, too. `cgroup` is the path in
    the version 2 hierarchy at which the socket was made (cgroups(7)), which tells the service even where
    the owner is hidden.
    """

    protocol: Protocol
    family: Family
    address: str
    port: int
    state: str
    reach: Reach
    kind: PortKind
    ephemeral: bool | None = None
    remote_address: str | None = None
    remote_port: int | None = None
    uid: int | None = None
    user: str | None = None
    owners: tuple[Owner, ...] = ()
    owner_hidden: bool = False
    service: str | None = None
    queue: Queue | None = None
    shared: Shared | None = None
    inode: int | None = None
    interface: str | None = None
    v6only: bool | None = None
    cgroup: str | None = None

    def __hash__(self) -> int:
        """Sockets are keys by the thousand, and all fields are many; these tell most apart."""
        return hash((self.port, self.remote_port, self.inode))

    @property
    def identity(self) -> tuple[str | int, ...]:
        """A key that stays the same from one snapshot to the next, and the order in which to tell them.

        A socket keeps its inode for life; without one the addresses and owners must do.
        """
        return (
            self.port,
            self.protocol,
            self.family,
            self.address,
            self.remote_address or "",
            self.remote_port or 0,
            self.inode or 0,
            *(() if self.inode else (owner.pid for owner in self.owners)),
        )

    @property
    def is_listener(self) -> bool:
        """Whether a stranger's first packet can reach it: TCP in LISTEN, or UDP without a peer."""
        return self.state in ("LISTEN", "UNCONN")

    @property
    def bound_to(self) -> str:
        """The address, with the interface where it is bound to one, as ss(8) writes them: `0.0.0.0%lo`."""
        if self.interface is None or "%" in self.address:
            return self.address
        return f"{self.address}%{self.interface}"

    @property
    def peer(self) -> str | None:
        """The other end, `192.0.2.9:443` or `[2001:db8::9]:443`; None: it has none."""
        if self.remote_address is None:
            return None
        host = f"[{self.remote_address}]" if ":" in self.remote_address else self.remote_address
        return f"{host}:{self.remote_port}"

    @property
    def takes_network(self) -> bool:
        """Whether it is bound to an address that other networks can reach."""
        return self.reach is Reach.NETWORK

    @property
    def only_loopback(self) -> bool:
        """Whether it is bound to an address that no other machine can reach."""
        return self.reach is Reach.LOOPBACK


@dataclass(frozen=True, slots=True)
class Hidden:
    """What could not be read: `count` sockets without a readable owner, why, and what would show them.

    `count` is None where whole sockets are hidden and so cannot be counted. `reason` is None when
    nothing is hidden. `command` is what to type to see it all, None where nothing would help.
    """

    count: int | None = 0
    reason: HiddenReason | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All sockets at one moment. `source` names where they were read (`netlink`, `proc`, `psutil`).

    `refused` is the errno name with which the kernel refused `netlink`, when another source stands in.
    `machine` is what stands around the sockets, empty where nobody asked for it.
    """

    sockets: tuple[LocalSocket, ...]
    hidden: Hidden
    source: str
    ephemeral_range: tuple[int, int] | None = None
    refused: str | None = None
    machine: Machine = NOTHING_KNOWN
