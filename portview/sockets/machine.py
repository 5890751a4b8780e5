"""What stands around the sockets of one snapshot: processes, containers, addresses, counters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from portview.sockets.interfaces import InterfaceAddress
from portview.sockets.owner.records import Activation, Container, Namespace, Process
from portview.vocabulary import Protocol


@dataclass(frozen=True, slots=True)
class Counters:
    """The kernel's counters since this network namespace began; None: not readable.

    `listen_overflows` are connections dropped at a full accept queue (ListenOverflows of
    `/proc/net/netstat`), `udp_overflows` datagrams dropped at a full receive buffer (RcvbufErrors of
    `/proc/net/snmp`, and of `/proc/net/snmp6`).
    """

    listen_overflows: int | None = None
    udp_overflows: int | None = None


@dataclass(frozen=True, slots=True)
class Drops:
    """Datagrams for one socket that were thrown away: since it was opened, and since it was first seen."""

    total: int
    lately: int


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything that is known beside the sockets; empty where nothing could be read.

    `processes` by pid: holders of sockets, processes in the cgroups of hidden ones, and all their
    parents. `residents` are the pids in a cgroup at which a hidden socket was made. `containers` by
    id. `addresses` are empty when they are not known. `drops` of UDP sockets by inode.
    """

    processes: Mapping[int, Process] = field(default_factory=dict)
    residents: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    containers: Mapping[str, Container] = field(default_factory=dict)
    activations: Mapping[tuple[Protocol, int], Activation] = field(default_factory=dict)
    addresses: tuple[InterfaceAddress, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    counters: Counters = Counters()
    drops: Mapping[int, Drops] = field(default_factory=dict)


NOTHING_KNOWN = Machine()
