"""The first words of an open port, as data and in short."""

from dataclasses import dataclass
from typing import NamedTuple

from portview.probe.readers.datagram import read_datagram
from portview.probe.records import Attempt, Closing
from portview.probe.talk_records import Certificate, HttpAnswer, TlsAnswer
from portview.scan.records import PortResult
from portview.text import clean, clean_bytes
from portview.vocabulary import Outcome

_LONGEST = 120
_MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Said:
    """What a service said, made safe to show; all None: it accepted and stayed silent.

    `banner` came unasked, or in answer to what was said when it is neither HTTP nor TLS. `names` are
    those of the certificate, unverified. `closed_by` is how it ended the connection where that is all it
    did.
    """

    banner: str | None = None
    tls: str | None = None
    names: tuple[str, ...] = ()
    http_status: int | None = None
    http_server: str | None = None
    closed_by: Closing | None = None

    @property
    def in_short(self) -> str:
        """One line: `TLS 1.3 nas.lan, HTTP 200 nginx`; empty when nothing was said."""
        parts = [self.banner] if self.banner else []
        if self.tls:
            more = f" (+{len(self.names) - 1})" if len(self.names) > 1 else ""
            parts.append(" ".join((self.tls, *self.names[:1])) + more)
        if self.http_status is not None:
            parts.append(" ".join(filter(None, (f"HTTP {self.http_status}", self.http_server))))
        if self.closed_by:
            parts.append(f"closed without a word ({self.closed_by.upper()})")
        return ", ".join(parts)

    def document(self) -> dict[str, object]:
        """JSON-ready data."""
        return {
            "banner": self.banner,
            "tls": None if self.tls is None else {"version": self.tls, "names": list(self.names)},
            "http": None
            if self.http_status is None
            else {"status": self.http_status, "server": self.http_server},
            "closed_by": self.closed_by,
        }


class Heard(NamedTuple):
    """A port and its first words; None: it was not spoken to, or no connection came about."""

    result: PortResult
    said: Said | None


def said_in(datagram: bytes, port: int) -> Said:
    """The words in the answer of a UDP port."""
    return Said(clean(read_datagram(port, datagram), _LONGEST))


def said_by(attempt: Attempt) -> Said:
    """The words that came in one knock."""
    unasked = attempt.first_bytes
    tls: TlsAnswer | None = None
    http: HttpAnswer | None = None
    certificate: Certificate | None = None
    for one in attempt.exchanges:
        http = http or one.http
        if one.tls and one.tls.version:
            tls, certificate = one.tls, one.tls.certificate
        if one.reply and not (one.http or one.tls):
            unasked = unasked or one.reply
    is_mute = attempt.outcome is Outcome.CLOSED_BY_PEER and not (unasked or tls or http)
    return Said(
        clean_bytes(unasked.rstrip(), _LONGEST) if unasked else None,
        clean(tls.version or "", _LONGEST).replace("TLSv", "TLS ") if tls else None,
        tuple(clean(name, _LONGEST) for name in certificate.names[:_MOST_NAMES]) if certificate else (),
        http.status if http else None,
        clean(http.server, _LONGEST) if http and http.server else None,
        attempt.closed_by if is_mute else None,
    )
