"""What a scan hands out: frozen batches of port results, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portview.vocabulary import Protocol, State


class Reason(StrEnum):
    """Why a port has its state, in nmap's words (its portreasons.cc); the last two are our own.

    `rate-limited`: silent, but a sample of such ports was rejected when it was asked slowly.
    """

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
    RATE_LIMITED = "rate-limited"


class HostVerdict(StrEnum):
    """What a scan says of a whole address.

    `up`: it answers. `unreachable`: it does not, other machines answer in its place. `silent`: no
    reply at all. `off`: on this network, and the search for its neighbour failed. `not_sent`: no
    knock left this machine. `everything_open`: ports that nobody asked for are open as well, so a
    proxy or a tarpit answers. `rate_limited`: it limits its ICMP errors, so most of the ports that it
    rejects only seem silent. `lost`: it answered at first and then no longer: the rest is untested.
    """

    UP = "up"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    OFF = "off"
    NOT_SENT = "not_sent"
    EVERYTHING_OPEN = "everything_open"
    RATE_LIMITED = "rate_limited"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PortResult:
    """One port's final state. `sender` is who sent the ICMP error, where one did.

    `rtt_ms` runs from the knock to its answer, None where nothing came back. `tries` is how often
    the port was asked. `loss` is set for silence alone: which share of the tries at this host, from 0
    to 1, got lost as far as it was known then; None where the host never answered.

    `first_bytes` is the datagram that a UDP port answered with, 2 KiB of it at most.

    With the reason `rate-limited`, `sender` is who rejected the sample; no ICMP error came for this
    port itself.
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
    tries: int = 1
    loss: float | None = None
    first_bytes: bytes | None = None


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What a scan learned of a host beside the states of its ports.

    `loss` is the share of tries that got lost, 0 to 1, and `rtt_ms` the median round trip; both are
    None where nothing was answered. `sampled` silent ports were asked again slowly, and `rejected` of
    them were rejected then. `random_open` of `random_asked` ports that were picked at random are
    open. `is_answered_nearby` says that a knock was answered that cannot have passed the first router.
    """

    loss: float | None = None
    rtt_ms: float | None = None
    sampled: int = 0
    rejected: int = 0
    random_asked: int = 0
    random_open: int = 0
    is_answered_nearby: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, as it was typed."""

    targets: str
    ports: str
    protocol: Protocol


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
    may be in flight now. `eta_s` is None while nothing can be said about it. `sent` counts knocks,
    retries included; `to_send` is how many are left, as far as known. `lost` names the hosts that
    answered before and do not now: their ports wait until they are back. `sampling` counts the silent
    ports that are still to be asked again at the slow rate that ICMP errors come at. `is_held` says that
    the table of connections of a router is spared for the moment.
    """

    total: int
    done: int
    in_flight: int
    elapsed_s: float
    rate_per_s: float
    eta_s: float | None
    counts: dict[State, int]
    window: int
    sent: int = 0
    to_send: int = 0
    is_paused: bool = False
    lost: tuple[str, ...] = ()
    sampling: int = 0
    is_held: bool = False


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
    enough is known. `skipped` are the addresses that were left on request.
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
    facts: Mapping[str, HostFacts] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
