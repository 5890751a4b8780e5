"""What a scan hands out: frozen batches of port results, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portview.vocabulary import Protocol, State


class Reason(StrEnum):
    """Why a port has its state, in nmap's words (its portreasons.cc)."""

    SYN_ACK = "syn-ack"
    CONN_REFUSED = "conn-refused"
    RESET = "reset"
    NO_RESPONSE = "no-response"
    HOST_UNREACH = "host-unreach"
    NET_UNREACH = "net-unreach"
    PROTO_UNREACH = "proto-unreach"
    PORT_UNREACH = "port-unreach"
    HOST_PROHIBITED = "host-prohibited"
    NET_PROHIBITED = "net-prohibited"
    ADMIN_PROHIBITED = "admin-prohibited"
    TIME_EXCEEDED = "time-exceeded"
    NO_ROUTE = "no-route"
    DEST_UNREACH = "dest-unreach"
    UNKNOWN_RESPONSE = "unknown-response"
    PERM_DENIED = "perm-denied"
    UDP_RESPONSE = "udp-response"
    SELF_CONNECT = "self-connect"


class HostVerdict(StrEnum):
    """What a scan says of a whole address.

    `up`: it answers. `unreachable`: it does not, other machines answer in its place. `silent`: no
    reply at all. `off`: on this network, and the search for its neighbour failed. `not_sent`: no
    knock left this machine.
    """

    UP = "up"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    OFF = "off"
    NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True)
class PortResult:
    """One port's final state. `sender` is who sent the ICMP error, where one did.

    `rtt_ms` runs from the knock to its answer, None where nothing came back.
    """

    address: str
    port: int
    protocol: Protocol
    state: State
    reason: Reason
    sender: str | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None
    rtt_ms: float | None = None


@dataclass(frozen=True, slots=True)
class ScanHost:
    """One address to scan, and the name it was asked for by (None: an address literal)."""

    address: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A name without an address, and why in one line."""

    name: str
    error: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan has come, in ports of all hosts together.

    `rate_per_s` is knocks sent per second of late, retries included. `window` is how many knocks
    may be in flight now. `eta_s` is None while nothing can be said about it.
    """

    total: int
    done: int
    in_flight: int
    elapsed_s: float
    rate_per_s: float
    eta_s: float | None
    counts: dict[State, int]
    window: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What has finished since the last batch, and the progress now."""

    results: tuple[PortResult, ...]
    progress: Progress
    finished: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class ScanReport:
    """A whole scan, complete or cut short. `started` is ISO 8601 with a zone.

    `results` are in the order in which they were found. `requested` counts hosts times ports.
    `gave_up` is the errno (EMFILE ...) of a lasting shortage on this machine that ended the scan
    early: the ports without a result were not tested. `verdicts` has those addresses about which
    enough is known.
    """

    hosts: tuple[ScanHost, ...]
    protocol: Protocol
    started: str
    elapsed_s: float
    results: tuple[PortResult, ...]
    requested: int
    cancelled: bool = False
    gave_up: str | None = None
    verdicts: Mapping[str, HostVerdict] = field(default_factory=dict)
