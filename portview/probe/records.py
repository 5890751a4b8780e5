"""What happened at one knock: frozen records without opinion.

An `Observation` can be kept and diagnosed again later; nothing in it depends on the clock or on
open sockets. Times are milliseconds of a monotonic clock, addresses are text as `ipaddress`
writes it (IPv6 with its %scope where it has one).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from portview.vocabulary import Family, Outcome, Protocol, SenderClass


class NameFailure(StrEnum):
    """Why a name has no address."""

    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    NO_RESOLVER = "no_resolver"
    IDNA_ERROR = "idna_error"
    OTHER = "other"


class NameSource(StrEnum):
    """Where a name's addresses came from."""

    LITERAL = "literal"
    HOSTS = "hosts"
    SYSTEM = "system"
    DNS = "dns"


class Closing(StrEnum):
    """How the peer ended an established connection."""

    FIN = "fin"
    RST = "rst"


@dataclass(frozen=True, slots=True)
class Target:
    """What the user asked for: one port of one host. `host` is a name or an address literal."""

    host: str
    port: int
    protocol: Protocol = Protocol.TCP


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a host became addresses, or why it did not.

    `system_error` is the resolver library's own word (EAI_NONAME ...). `servers` are the name
    servers that were asked when DNS was asked directly. `dns_addresses` is what DNS itself said,
    or None when it was not asked.
    """

    name: str
    addresses: tuple[str, ...] = ()
    source: NameSource = NameSource.SYSTEM
    failure: NameFailure | None = None
    detail: str | None = None
    system_error: str | None = None
    servers: tuple[str, ...] = ()
    dns_addresses: tuple[str, ...] | None = None
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class IcmpError:
    """An ICMP or ICMPv6 error from the socket's error queue (RFC 792, RFC 4443)."""

    type: int
    code: int
    sender: str | None
    sender_is: SenderClass | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One knock at one address.

    `errno` is the symbolic name of the error, None when there was none (a timeout of our own has
    none either). `stage` is the system call that failed, None when nothing failed. `rtt_ms` is the
    kernel's own estimate after the handshake (TCP_INFO). `closed_after_ms` counts from the
    handshake. `first_bytes` is what the peer sent unasked (TCP) or in answer (UDP); None: nothing.
    """

    address: str
    family: Family
    port: int
    outcome: Outcome
    elapsed_ms: float
    errno: str | None = None
    stage: str | None = None
    icmp: IcmpError | None = None
    local_address: str | None = None
    local_port: int | None = None
    rtt_ms: float | None = None
    first_bytes: bytes | None = None
    closed_by: Closing | None = None
    closed_after_ms: float | None = None
    self_connect: bool = False


@dataclass(frozen=True, slots=True)
class Hop:
    """One TTL of a trace: who reported that it ran out, and after how long; None: nobody did."""

    ttl: int
    sender: str | None = None
    rtt_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One port's way, TTL by TTL.

    `hops` ascend and end before the answer. `answer` is what came back at the lowest TTL that was
    not reported as run out (None: nothing did), at `answer_ttl`.
    """

    port: int
    hops: tuple[Hop, ...]
    answer_ttl: int | None = None
    answer: Attempt | None = None

    @property
    def last_hop(self) -> Hop | None:
        """The farthest hop that reported itself."""
        return next((hop for hop in reversed(self.hops) if hop.sender), None)


@dataclass(frozen=True, slots=True)
class Path:
    """The way to the port that was asked for, and to a port that answers, for comparison."""

    address: str
    target: Trace
    control: Trace | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything seen at one knock at a target.

    `this_machine` says whether an address of the target belongs to this machine. `controls` are
    knocks at other ports of the same addresses, made to tell causes apart. `path` is None when it
    was not traced.
    `timeout_s` is how long silence was waited for; `quick` says that only the knock itself was made.
    """

    target: Target
    resolution: Resolution
    attempts: tuple[Attempt, ...]
    controls: tuple[Attempt, ...] = ()
    path: Path | None = None
    this_machine: bool = False
    timeout_s: float = 5.0
    quick: bool = False
    elapsed_ms: float = 0.0
    started: str | None = field(default=None, compare=False)

    @property
    def primary(self) -> Attempt | None:
        """The attempt that decides the outcome: the best one, as a client would keep it."""
        return min(self.attempts, key=_rank, default=None)

    @property
    def outcome(self) -> Outcome:
        """How the whole knock ended."""
        primary = self.primary
        return primary.outcome if primary else Outcome.NAME_NOT_RESOLVED


_ORDER = {
    outcome: place
    for place, outcome in enumerate(
        (
            Outcome.CONNECTED,
            Outcome.ANSWERED,
            Outcome.CLOSED_BY_PEER,
            Outcome.REFUSED,
            Outcome.UNREACHABLE,
            Outcome.TIMED_OUT,
            Outcome.NO_ANSWER,
            Outcome.LOCAL_ERROR,
            Outcome.NAME_NOT_RESOLVED,
        )
    )
}


def _rank(attempt: Attempt) -> int:
    """Order attempts by what they tell; a knock that never left this machine tells least."""
    if attempt.outcome is Outcome.UNREACHABLE and attempt.icmp is None:
        return _ORDER[Outcome.LOCAL_ERROR]
    return _ORDER[attempt.outcome]
