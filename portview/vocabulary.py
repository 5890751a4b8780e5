"""The closed lists that every room speaks in; their values are part of the JSON contract."""

from enum import StrEnum


class Protocol(StrEnum):
    """A transport with ports."""

    TCP = "tcp"
    UDP = "udp"


class Family(StrEnum):
    """An address family."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Outcome(StrEnum):
    """How one knock ended."""

    CONNECTED = "connected"
    CLOSED_BY_PEER = "closed_by_peer"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    NAME_NOT_RESOLVED = "name_not_resolved"
    LOCAL_ERROR = "local_error"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"

    @property
    def is_success(self) -> bool:
        """Whether the port did what the user hoped for."""
        return self in (Outcome.CONNECTED, Outcome.ANSWERED)

    @property
    def had_handshake(self) -> bool:
        """Whether a TCP connection existed, however long."""
        return self in (Outcome.CONNECTED, Outcome.CLOSED_BY_PEER)


class State(StrEnum):
    """What a scan says of one port, in nmap's words."""

    OPEN = "open"
    CLOSED = "closed"
    FILTERED = "filtered"
    OPEN_OR_FILTERED = "open|filtered"


class Confidence(StrEnum):
    """How sure a cause is: a fact says it, an inference, or a guess."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class SenderClass(StrEnum):
    """Who sent an ICMP error, as seen from this machine."""

    SELF = "self"
    GATEWAY = "gateway"
    ROUTER = "router"
    TARGET = "target"
