"""Exchanges in words: what was said to a silent server, and what it answered."""

from collections.abc import Iterator
from datetime import datetime

from portview.diagnose.evidence import Evidence
from portview.diagnose.speech import protocols_of
from portview.knowledge.load import phrases
from portview.knowledge.template import fill
from portview.probe.records import Attempt, Certificate, Exchange, HttpAnswer, Nudge, Observation, TlsAnswer
from portview.text import clean, clean_bytes
from portview.vocabulary import Protocol

_QUOTE = 120  # characters of a server's words inside a sentence
_MOST_NAMES = 3


def values(evidence: Evidence, language: str) -> dict[str, str]:
    """The values of placeholders that exchanges fill."""
    words = phrases("words", language)
    unknown = words["unknown"]
    said = [words["nudge"][one.nudge] for one in evidence.exchanges]
    cut = [words["nudge"][one.nudge] for one in evidence.exchanges if one.closed_by]
    http, tls = evidence.http, evidence.tls
    first_reply = f'"{clean_bytes(evidence.reply.rstrip(), _QUOTE)}"' if evidence.reply else unknown["reply"]
    return {
        "said": words["nudge"]["and"].join(said) or unknown["said"],
        "cut": words["nudge"]["and"].join(cut) or unknown["said"],
        "reply": first_reply,
        "reply_speech": " / ".join(sorted(protocols_of(evidence.reply))) or unknown["service"],
        "http": _http(http) if http else unknown["reply"],
        "location": clean(http.location, _QUOTE) if http and http.location else unknown["location"],
        "tls": tls_words(tls, language) if tls else unknown["tls"],
        "alert": _alert(tls.alert, language) if tls and tls.alert is not None else unknown["alert"],
    }


def transcript(attempt: Attempt, observation: Observation, language: str) -> Iterator[str]:
    """What the peer said at one address, a line each."""
    phrase = phrases("words", language)["transcript"]
    if attempt.first_bytes and observation.target.protocol is Protocol.TCP:
        yield fill(phrase["said"], {"words": clean_bytes(attempt.first_bytes.rstrip(b"\r\n"), _QUOTE)})
    for one in attempt.exchanges:
        yield from _exchange(one, observation, language)


def _exchange(one: Exchange, observation: Observation, language: str) -> Iterator[str]:
    words = phrases("words", language)
    nudge = words["nudge"]
    answers = []
    if one.tls and one.nudge is Nudge.TLS:
        answers.append((nudge["tls"], tls_words(one.tls, language)))
    speaker = nudge["inside"] if answers else nudge[one.nudge]
    if one.http:
        answers.append((speaker, _http(one.http)))
    elif one.reply:
        answers.append((speaker, f'"{clean_bytes(one.reply.rstrip(), _QUOTE)}"'))
    if not answers:
        answers.append((speaker, words["exchange"][f"closed_{one.closed_by}" if one.closed_by else "silent"]))
    for said, answer in answers:
        yield fill(words["transcript"]["exchange"], {"nudge": said, "answer": answer})
    certificate = one.tls.certificate if one.tls else None
    if certificate:
        yield from _doubts(certificate, one.tls, observation, language)


def _doubts(
    certificate: Certificate, tls: TlsAnswer | None, observation: Observation, language: str
) -> Iterator[str]:
    """What a client that checks the certificate would not like."""
    phrase = phrases("words", language)["certificate"]
    seen = _moment(observation.started)
    ends, begins = _moment(certificate.not_after), _moment(certificate.not_before)
    if seen and ends and seen > ends:
        yield fill(phrase["expired"], {"date": certificate.not_after[:10]})
    if seen and begins and seen < begins:
        yield fill(phrase["early"], {"date": certificate.not_before[:10]})
    name = tls.server_name if tls else None
    if name is not None and not _covers(certificate, name):
        yield fill(phrase["other_name"], {"host": clean(name)})


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


def tls_words(tls: TlsAnswer, language: str) -> str:
    """TLS in one line: version, certificate and its end, or the alert."""
    words = phrases("words", language)
    phrase = words["certificate"]
    parts = [clean(tls.version or "TLS", _QUOTE).replace("TLSv", "TLS ")]
    if tls.certificate:
        names = ", ".join(clean(name) for name in tls.certificate.names[:_MOST_NAMES])
        more = len(tls.certificate.names) - _MOST_NAMES
        shown = f"{names} (+{more})" if more > 0 else names
        parts.append(fill(phrase["names"], {"names": shown or words["unknown"]["name"]}))
        parts.append(fill(phrase["until"], {"date": clean(tls.certificate.not_after[:10])}))
        if tls.certificate.self_signed:
            parts.append(phrase["self_signed"])
    if tls.alert is not None:
        parts.append(fill(phrase["alert"], {"alert": _alert(tls.alert, language)}))
    elif tls.error:
        parts.append(clean(tls.error, _QUOTE))
    return ", ".join(parts)


def _alert(code: int, language: str) -> str:
    name = phrases("words", language)["alert"].get(str(code))
    return f"{name} ({code})" if name else str(code)


def _http(http: HttpAnswer) -> str:
    parts = [f"HTTP {http.status} {clean(http.reason, _QUOTE)}".rstrip()]
    if http.server:
        parts.append(f"Server: {clean(http.server, _QUOTE)}")
    if http.location:
        parts.append(f"Location: {clean(http.location, _QUOTE)}")
    return ", ".join(parts)
