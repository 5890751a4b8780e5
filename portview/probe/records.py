"""What happened at one knock: frozen records without opinion.

An `Observation` can be kept and diagnosed again later; nothing in it depends on the clock or on
open sockets. Times are milliseconds of a monotonic clock, addresses are text as `ipaddress`
writes it (IPv6 with its %scope where it has one).
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from portview.knowledge.services import service_name
from portview.vocabulary import Family, Outcome, Protocol, SenderClass

if TYPE_CHECKING:  # each record class costs half a millisecond, which quick knocks do not pay for these
    from portview.probe.path_records import Path
    from portview.probe.route import Route
    from portview.probe.talk_records import ClampTest, Exchange


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
    """What the user asked for: one port of one host. `host` is a name or an address literal.

    `scheme_service` is the service that a URL's scheme stands for; None: no URL, or one that says nothing.
    """

    host: str
    port: int
    protocol: Protocol = Protocol.TCP
    scheme_service: str | None = None

    @property
    def service(self) -> str | None:
        """What is expected there: what the URL says, or else what the port usually is."""
        return self.scheme_service or service_name(self.port, self.protocol)


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a host became addresses, or why it did not.

    `system_error` is the resolver library's own word (EAI_NONAME ...). `servers` are the name
    servers that were asked when DNS was asked directly. `dns_addresses` is what DNS itself said,
    or None when it was not asked. `completed` is the longer name that a short one became by the
    search list of resolv.conf(5); None: it stayed as it is. Of a slow lookup, `silent_servers` are the
    name servers that said nothing, and `unanswered` the families whose question got no answer. `knowing` are
    name servers that know a name which the one that is believed denies, and `known` what they say.
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
    silent_servers: tuple[str, ...] = ()
    unanswered: tuple[Family, ...] = ()
    knowing: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


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
    RDP = "rdp"
    SMB = "smb"
    SSH = "ssh"  # to a port of SSH that does not greet: either side may begin
    PROXY = "proxy"  # a first line of the PROXY protocol, and then what had met no answer


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
    `acknowledged` says of a connection that nothing came over whether the peer's kernel acknowledged what
    was sent on it, the closing included; None: not looked at, or not known.
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
    exchanges: "tuple[Exchange, ...]" = ()
    clamp: "ClampTest | None" = None
    acknowledged: bool | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything seen at one knock at a target.

    `this_machine` says whether an address of the target belongs to this machine. `controls` are
    knocks at other ports of the same addresses, made to tell causes apart. `path` is None when it
    was not traced. `route` is how packets to the deciding address leave this machine; None: not asked, or
    not known. `broadcasts` are addresses of the target that this machine's routes keep for
    broadcasts. `invented` are the addresses that the name servers gave for a name that cannot exist;
    None: they were not asked.
    `hears_icmp` says whether this system tells of the ICMP errors behind a refusal (Linux does).
    `queue_overflows` is how often meanwhile a listener of this machine, the target, had a full queue.
    `tracked` is how many connections this machine's firewall remembers, and how many it may; read where no
    packet got out.
    `undelivered` is how many packets of the deciding family came meanwhile for this machine and were given
    to nobody here, and how many it sent; read where no life was seen.
    `timeout_s` is how long silence was waited for; `quick` says that only the knock itself was made.
    `cancelled` says that the user ended it: what had not ended by then is left out, but for attempts that
    had their handshake.
    """

    target: Target
    resolution: Resolution
    attempts: tuple[Attempt, ...]
    controls: tuple[Attempt, ...] = ()
    path: "Path | None" = None
    route: "Route | None" = None
    broadcasts: tuple[str, ...] = ()
    invented: tuple[str, ...] | None = None
    queue_overflows: int | None = None
    tracked: tuple[int, int] | None = None
    undelivered: tuple[int, int] | None = None
    this_machine: bool = False
    hears_icmp: bool = True
    timeout_s: float = 5.0
    quick: bool = False
    cancelled: bool = False
    elapsed_ms: float = 0.0
    started: str | None = field(default=None, compare=False)

    @property
    def primary(self) -> Attempt | None:
        """The attempt that decides the outcome: the best one, as a client would keep it."""
        return min(self.attempts, key=_rank, default=None)

    @property
    def outcome(self) -> Outcome:
        """How the whole knock ended."""
        if self.primary is not None:
            return self.primary.outcome
        return Outcome.CANCELLED if self.cancelled else Outcome.NAME_NOT_RESOLVED


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
            Outcome.CANCELLED,
        )
    )
}


def _rank(attempt: Attempt) -> int:
    """Order attempts by what they tell; a knock that never left this machine tells least."""
    if attempt.outcome is Outcome.UNREACHABLE and attempt.icmp is None:
        return _ORDER[Outcome.LOCAL_ERROR]
    return _ORDER[attempt.outcome]
