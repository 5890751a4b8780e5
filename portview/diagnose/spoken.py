"""Exchanges in words: what was said to a silent server, and what it answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from portview.diagnose.certificates import Doubt, doubts
from portview.diagnose.evidence import Evidence
from portview.knowledge.load import phrases
from portview.knowledge.template import fill
from portview.probe.records import Attempt, Nudge, Observation
from portview.text import clean, clean_bytes
from portview.vocabulary import Protocol

if TYPE_CHECKING:  # a quick knock has none of these
    from portview.probe.talk_records import Exchange, HttpAnswer, TlsAnswer

_QUOTE = 120  # characters of a server's words inside a sentence
_MOST_NAMES = 3
_CERTIFICATE_VALUES = ("certificate_names", "certificate_from", "certificate_until", "certificate_host")


def values(evidence: Evidence, language: str) -> dict[str, str]:
    """The values of placeholders that exchanges fill."""
    words = phrases("words", language)
    unknown = words["unknown"]
    silent = (one for one in evidence.exchanges if not (one.received or one.closed_by))
    said = [words["nudge"][one.nudge] for one in silent]
    cut = [words["nudge"][one.nudge] for one in evidence.exchanges if one.closed_by]
    http, tls = evidence.http, evidence.tls
    first = next((one for one in evidence.exchanges if one.reply), None)
    return {
        "said": words["nudge"]["and"].join(said) or unknown["said"],
        "cut": words["nudge"]["and"].join(cut) or unknown["said"],
        "said_before_reply": words["nudge"][first.nudge] if first else unknown["said"],
        "reply": _reply(first, language) if first else unknown["reply"],
        "http": _http(http) if http else unknown["reply"],
        "location": clean(http.location, _QUOTE) if http and http.location else unknown["location"],
        "tls": tls_words(tls, language) if tls else unknown["tls"],
        "behind_line": _answer_behind_line(evidence, language) or unknown["reply"],
        "alert": _alert(tls.alert, language) if tls and tls.alert is not None else unknown["alert"],
        **dict.fromkeys(_CERTIFICATE_VALUES, unknown["name"]),
        **_certificate(tls),
    }


def _answer_behind_line(evidence: Evidence, language: str) -> str | None:
    one = evidence.behind_proxy_line
    if one is None:
        return None
    if one.http:
        return _http(one.http)
    if one.tls:
        return tls_words(one.tls, language)
    return _reply(one, language) if one.reply else None


def _reply(one: Exchange, language: str) -> str:
    """What came back: a server's choice by its name, anything else as it is."""
    choice = _choice(one, language) if one.nudge in (Nudge.RDP, Nudge.SMB) else None
    return choice or f'"{clean_bytes(one.reply.rstrip(), _QUOTE)}"'


def _choice(one: Exchange, language: str) -> str | None:
    from portview.probe.readers.rdp import read_rdp  # few knocks meet either
    from portview.probe.readers.smb import read_smb

    phrase = phrases("words", language)["choice"]
    if one.nudge is Nudge.RDP and (rdp := read_rdp(one.reply)):
        if rdp.failure is not None:
            return phrase["rdp_login_first" if rdp.wants_login_first else "rdp_other"]
        return phrase["rdp_tls" if rdp.protocol else "rdp_plain"]
    if one.nudge is Nudge.SMB and (smb := read_smb(one.reply)):
        return fill(phrase["smb_signed" if smb.signing_required else "smb"], {"dialect": smb.dialect})
    return None


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
    if one.tls and one.nudge in (Nudge.TLS, Nudge.PROXY):
        answers.append((nudge[one.nudge], tls_words(one.tls, language)))
    speaker = nudge["inside"] if answers else nudge[one.nudge]
    if one.http:
        answers.append((speaker, _http(one.http)))
    elif one.reply:
        answers.append((speaker, _reply(one, language)))
    if not answers:
        answers.append((speaker, words["exchange"][f"closed_{one.closed_by}" if one.closed_by else "silent"]))
    for said, answer in answers:
        yield fill(words["transcript"]["exchange"], {"nudge": said, "answer": answer})
    for doubt in doubts(one.tls, observation.started) if one.tls else ():
        if doubt is not Doubt.SELF_SIGNED:  # said beside the certificate already
            yield fill(words["certificate"][doubt], _certificate(one.tls))


def _certificate(tls: TlsAnswer | None) -> dict[str, str]:
    """The values that a certificate fills; of none, nothing."""
    if tls is None or tls.certificate is None:
        return {}
    names = ", ".join(clean(name) for name in tls.certificate.names[:_MOST_NAMES])
    more = len(tls.certificate.names) - _MOST_NAMES
    return {
        "certificate_names": f"{names} (+{more})" if more > 0 else names,
        "certificate_from": clean(tls.certificate.not_before[:10]),
        "certificate_until": clean(tls.certificate.not_after[:10]),
        "certificate_host": clean(tls.server_name or ""),
    }


def tls_words(tls: TlsAnswer, language: str) -> str:
    """TLS in one line: version, certificate and its end, or the alert."""
    words = phrases("words", language)
    phrase = words["certificate"]
    parts = [clean(tls.version or "TLS", _QUOTE).replace("TLSv", "TLS ")]
    if tls.certificate:
        values = _certificate(tls)
        names = values["certificate_names"] or words["unknown"]["name"]
        parts.append(fill(phrase["names"], {**values, "certificate_names": names}))
        parts.append(fill(phrase["until"], values))
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
