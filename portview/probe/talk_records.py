"""What was said to a silent server, and what came of it: records apart, since quick knocks have none."""

from dataclasses import dataclass

from portview.probe.records import Closing, Nudge


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

    `version` is set when the handshake was completed on this side. `alert` is the number of the alert that
    ended it, `fatal` its level where it was sent in the clear, `after_hello` whether the server's own hello
    came before. `error` is the TLS library's word for any other failure. `server_name` is the name that was
    asked for (SNI), None for an address.
    """

    version: str | None = None
    alert: int | None = None
    fatal: bool | None = None
    error: str | None = None
    server_name: str | None = None
    certificate: Certificate | None = None
    after_hello: bool = False

    @property
    def stands(self) -> bool:
        """Whether both sides completed the handshake: of TLS 1.3 a server may turn the client's end down."""
        return self.version is not None and self.alert is None


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
