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
    SERVER_UNREACHABLE = "server_unreachable"
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
    or None when it was not asked. `completed` is the longer name that a short one became by the
    search list of resolv.conf(5); None: it stayed as it is.
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
    completed: str | None = None


@dataclass(frozen=True, slots=True)
class IcmpError:
    """An ICMP or ICMPv6 error from the socket's error queue (RFC 792, RFC 4443)."""

    type: int
    code: int
    sender: str | None
    sender_is: SenderClass | None


class Nudge(StrEnum):
    """What was said to a server that waits for its client: the opening of one protocol."""

    HTTP = "http"
    TLS = "tls"
    REDIS = "redis"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The head of an HTTP response (RFC 9112); None for a field that was not sent."""

    status: int
    reason: str = ""
    server: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server's certificate says of itself, unverified (RFC 5280).

    `names` are the subject's common name, then the alternative names. Times are ISO 8601 in UTC.
    `self_signed` says that subject and issuer are the same.
    """

    names: tuple[str, ...]
    not_before: str
    not_after: str
    self_signed: bool


@dataclass(frozen=True, slots=True)
class TlsAnswer:
    """What came of a TLS hello (RFC 8446).

    `version` is set when the handshake was completed. `alert` is the number of the alert that ended
    it, `fatal` its level where it was sent in the clear. `error` is the TLS library's word for any
    other failure. `server_name` is the name that was asked for (SNI), None for an address.
    """

    version: str | None = None
    alert: int | None = None
    fatal: bool | None = None
    error: str | None = None
    server_name: str | None = None
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One nudge on one connection that had been silent, and what came of it.

    `reply` holds the first bytes that came back; of TLS, what it carried. `received` counts all bytes
    that came. `closed_after_ms` counts from the nudge: whoever hung up did so after our bytes, and
    after `received` of its own.
    """

    nudge: Nudge
    reply: bytes = b""
    received: int = 0
    closed_by: Closing | None = None
    closed_after_ms: float | None = None
    http: HttpAnswer | None = None
    tls: TlsAnswer | None = None


@dataclass(frozen=True, slots=True)
class ClampTest:
    """A stalled exchange made twice more, side by side: with small segments, and as it was.

    `segment` is the most bytes that one segment of the first might hold (TCP_MAXSEG), `answered` says
    whether the server's answer came in. Of the second, `plain_stalled` says whether it stalled again,
    `unacknowledged` counts our segments that were sent again and never arrived, `out_of_order` the
    server's that came behind a gap (TCP_INFO); None: not known.
    """

    segment: int
    answered: bool
    plain_stalled: bool
    unacknowledged: int | None = None
    out_of_order: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One knock at one address.

    `errno` is the symbolic name of the error, None when there was none (a timeout of our own has
    none either). `stage` is the system call that failed, None when nothing failed. `rtt_ms` is the
    kernel's own estimate after the handshake (TCP_INFO). `closed_after_ms` counts from the
    handshake. `first_bytes` is what the peer sent unasked (TCP) or in answer (UDP); None: nothing.
    `answered_from` is the address and port of an answer over UDP that did not come from the one asked.
    `sent` says of a silent attempt whether its packets left this machine; None: not known.
    `exchanges` are what was said to a server that stayed silent, each on a connection of its own.
    `clamp` is made where one of them stalled, to see whether the size of segments matters.
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
    answered_from: str | None = None
    sent: bool | None = None
    exchanges: tuple[Exchange, ...] = ()
    clamp: ClampTest | None = None


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
    """The way to the port that was asked for, and to a port that answers, for comparison.

    `forwarded` are other ports that the address was seen to pass on: it reported their packets as run
    out itself. `on_link` says that no router is between, as far as this machine's routes tell.
    """

    address: str
    target: Trace
    control: Trace | None = None
    forwarded: tuple[int, ...] = ()
    on_link: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything seen at one knock at a target.

    `this_machine` says whether an address of the target belongs to this machine. `controls` are
    knocks at other ports of the same addresses, made to tell causes apart. `path` is None when it
    was not traced. `broadcasts` are addresses of the target that this machine's routes keep for
    broadcasts. `invented` are the addresses that the name servers gave for a name that cannot exist;
    None: they were not asked.
    `queue_overflows` is how often meanwhile a listener of this machine, the target, had a full queue.
    `timeout_s` is how long silence was waited for; `quick` says that only the knock itself was made.
    """

    target: Target
    resolution: Resolution
    attempts: tuple[Attempt, ...]
    controls: tuple[Attempt, ...] = ()
    path: Path | None = None
    broadcasts: tuple[str, ...] = ()
    invented: tuple[str, ...] | None = None
    queue_overflows: int | None = None
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
