"""The keys of an attempt in the JSON document that tell what was said and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portview.probe.records import Attempt
from portview.text import clean, clean_bytes

if TYPE_CHECKING:  # a quick knock has none of these
    from portview.probe.talk_records import ClampTest, Exchange, HttpAnswer, TlsAnswer

_DIGITS = 3  # of milliseconds


def exchange_keys(attempt: Attempt) -> dict[str, object]:
    """`tls`, `http`, `exchanges` and `clamp_test`; the first two are those of the last exchange with them."""
    tls = next((one.tls for one in reversed(attempt.exchanges) if one.tls), None)
    http = next((one.http for one in reversed(attempt.exchanges) if one.http), None)
    return {
        "tls": _tls_document(tls) if tls else None,
        "http": _http_document(http) if http else None,
        "exchanges": [_exchange_document(one) for one in attempt.exchanges],
        "clamp_test": _clamp_document(attempt.clamp) if attempt.clamp else None,
    }


def _tls_document(tls: TlsAnswer) -> dict[str, object]:
    certificate = tls.certificate
    return {
        "version": tls.version and clean(tls.version),
        "alert": tls.alert,
        "fatal": tls.fatal,
        "error": tls.error and clean(tls.error),
        "server_name": tls.server_name and clean(tls.server_name),
        "names": [clean(name) for name in certificate.names] if certificate else None,
        "not_before": clean(certificate.not_before) if certificate else None,
        "not_after": clean(certificate.not_after) if certificate else None,
        "self_signed": certificate.self_signed if certificate else None,
    }


def _http_document(http: HttpAnswer) -> dict[str, object]:
    return {
        "status": http.status,
        "reason": clean(http.reason),
        "server": http.server and clean(http.server),
        "location": http.location and clean(http.location),
    }


def _clamp_document(clamp: ClampTest) -> dict[str, object]:
    return {
        "segment_bytes": clamp.segment,
        "answered": clamp.answered,
        "stalled_unclamped": clamp.plain_stalled,
        "unacknowledged": clamp.unacknowledged,
        "out_of_order": clamp.out_of_order,
    }


def _exchange_document(one: Exchange) -> dict[str, object]:
    return {
        "sent": one.nudge.value,
        "reply": clean_bytes(one.reply) if one.reply else None,
        "received_bytes": one.received,
        "closed_by": one.closed_by.value if one.closed_by else None,
        "closed_after_ms": None if one.closed_after_ms is None else round(one.closed_after_ms, _DIGITS),
    }
