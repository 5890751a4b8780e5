"""What a client that checks a certificate would not like in it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a quick knock has none of these
    from portview.probe.talk_records import Certificate, TlsAnswer


class Doubt(StrEnum):
    """One reason to refuse a certificate; keys of the words for it."""

    EXPIRED = "expired"
    EARLY = "early"
    OTHER_NAME = "other_name"
    SELF_SIGNED = "self_signed"


def doubts(tls: TlsAnswer, started: str | None) -> tuple[Doubt, ...]:
    """The reasons, with `started` as the time of looking (ISO 8601; None: dates are not judged)."""
    certificate = tls.certificate
    if certificate is None:
        return ()
    now = _moment(started)
    ends, begins = _moment(certificate.not_after), _moment(certificate.not_before)
    found = {
        Doubt.EXPIRED: bool(now and ends and now > ends),
        Doubt.EARLY: bool(now and begins and now < begins),
        Doubt.OTHER_NAME: tls.server_name is not None and not _covers(certificate, tls.server_name),
        Doubt.SELF_SIGNED: certificate.self_signed,
    }
    return tuple(doubt for doubt, holds in found.items() if holds)


def _covers(certificate: Certificate, host: str) -> bool:
    """Whether a name of the certificate is the host's; `*` stands for its first label (RFC 9525)."""
    host = host.lower()
    wild = "*." + host.partition(".")[2]
    return any(name.lower() in (host, wild) for name in certificate.names)


def _moment(text: str | None) -> datetime | None:
    """A time with its zone; None for text that is none, as a saved knock may hold."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None
