"""What came of speaking to a silent server, sorted into the patterns of an established connection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.farewell import says_no
from portview.diagnose.speech import protocols_of
from portview.knowledge.speech import greets_first, usual_speech
from portview.probe.records import Nudge

if TYPE_CHECKING:  # a quick knock has none of these
    from portview.probe.talk_records import HttpAnswer

# What a gateway says that has nobody to pass a request on to (RFC 9110, section 15.6), and Cloudflare.
_BACKEND = frozenset({502, 503, 504})
_CLOUDFLARE = frozenset({*range(520, 528), 530})
_LOGIN_REQUIRED = 511  # RFC 6585, section 6: sent by networks, not by sites
_BAD_REQUEST = 400
_WEB_SPEECHES = ("HTTP", "TLS", None)  # where an answer in HTTP is no surprise
_TEMPORARY = frozenset({302, 303, 307})
# nginx, Apache, Go, Jetty: plain HTTP where TLS is expected.
_WANTS_TLS = rb"plain HTTP request was sent to HTTPS|speaking plain HTTP to an SSL|HTTP request to an HTTPS"
_PORTAL = r"captive|hotspot|portal|wi-?fi|wlan|\bguest\b"
# The pages of Chinese clouds for sites without a filing.
_FILING = r"webblock|alww\.html|beian"


def pattern_of_exchanges(evidence: Evidence) -> str | None:
    """The pattern's id, a key of `patterns.toml`; None when nothing was said."""
    exchanges = evidence.exchanges
    if serves_behind_proxy_line(evidence):
        return "est_proxy_protocol"
    if not exchanges:
        return None
    if skips_greeting(evidence):
        return "est_tls_no_greeting"
    if evidence.only_small_pass:
        return "est_banner_then_stall"
    if speaks_tls_only(evidence):
        return "est_http_on_tls_port"
    if _surprises_in_http(evidence):
        return "est_banner_other_service"
    if speaks_plain_only(evidence):
        return "est_not_tls"
    if evidence.http is not None:
        return _http(evidence, evidence.http)
    if refusing_tls(evidence) is not None:
        return "est_tls_alert"
    if evidence.tls is not None and evidence.tls.version is None and not evidence.reply:
        return "est_tls_failed"
    if says_no(evidence.reply):
        return "est_refusing_text"
    if any(exchange.received for exchange in exchanges):
        spoken, usual = protocols_of(evidence.reply), usual_speech(evidence.service)
        known = spoken or greets_first(evidence.service)  # a greeting is known by its first bytes
        other = known and usual and usual not in spoken and usual != "TLS"
        return "est_banner_other_service" if other else "est_silent_client_first"
    hung_up = any(exchange.closed_by for exchange in exchanges)
    if hung_up:
        return "est_reset_after_client_data"
    return "est_lost_after_handshake" if evidence.words_lost else "est_silent_dead"


def serves_behind_proxy_line(evidence: Evidence) -> bool:
    """Whether a PROXY line made it serve, in the protocol that it was then spoken to in."""
    one = evidence.behind_proxy_line
    if one is None:
        return False
    if one.tls is not None:
        return one.tls.stands
    expected = usual_speech(evidence.service)
    if one.http is not None and expected in _WEB_SPEECHES:
        return one.http.status != _BAD_REQUEST
    return expected in protocols_of(one.reply)


def _surprises_in_http(evidence: Evidence) -> bool:
    """Whether the answer is HTTP where another protocol is expected."""
    return evidence.http is not None and usual_speech(evidence.service) not in _WEB_SPEECHES


def speaks_tls_only(evidence: Evidence) -> bool:
    """Whether plain HTTP was turned down and TLS stood, or the server asked for TLS in so many words."""
    plain = [one for one in evidence.exchanges if one.nudge is Nudge.HTTP]
    failed = any(not one.http or one.http.status == _BAD_REQUEST for one in plain)
    if failed and evidence.tls is not None and evidence.tls.stands:
        return True
    return any(re.search(_WANTS_TLS, one.reply) or (one.tls is not None and one.tls.alert) for one in plain)


def skips_greeting(evidence: Evidence) -> bool:
    """Whether TLS stands where a greeting in plain text is usual and did not come."""
    return greets_first(evidence.service) and evidence.tls is not None and evidence.tls.stands


def speaks_plain_only(evidence: Evidence) -> bool:
    """Whether a TLS hello, fit for the port, was answered in plain text, or HTTP was in its place."""
    first = evidence.exchanges[0]
    if first.nudge is not Nudge.TLS or first.tls is not None or greets_first(evidence.service):
        return False
    return any(one.reply for one in evidence.exchanges)


def refusing_tls(evidence: Evidence) -> int | None:
    """The number of the alert that answered a TLS hello."""
    return (evidence.tls.alert or None) if evidence.tls is not None else None


def _http(evidence: Evidence, http: HttpAnswer) -> str:
    if http.status in _BACKEND or (http.status in _CLOUDFLARE and http.server == "cloudflare"):
        return "est_http_502_503_504"
    if is_login_required(http) or leads_to_portal(evidence, http) or lacks_filing(http):
        return "est_http_captive"
    return "est_silent_client_first"


def is_login_required(http: HttpAnswer) -> bool:
    """Whether a network says that one must log in to it first."""
    return http.status == _LOGIN_REQUIRED


def leads_to_portal(evidence: Evidence, http: HttpAnswer) -> bool:
    """Whether plain HTTP for another network's host is sent elsewhere, to what is named as a portal."""
    if evidence.address_kind is not AddressKind.PUBLIC and not evidence.by_name:
        return False
    return leads_away(evidence, http) and bool(re.search(_PORTAL, http.location or "", re.IGNORECASE))


def leads_away(evidence: Evidence, http: HttpAnswer) -> bool:
    """Whether plain HTTP is sent to another site for now."""
    if http.status not in _TEMPORARY or http.location is None or evidence.tls is not None:
        return False
    host = _host_of(http.location)
    return host is not None and not _same_site(host, evidence)


def lacks_filing(http: HttpAnswer) -> bool:
    """Whether the answer is a cloud's page for sites without an ICP filing."""
    return bool(http.location and re.search(_FILING, http.location, re.IGNORECASE))


def _same_site(host: str, evidence: Evidence) -> bool:
    """Whether a host shares its last two labels with the target, or is its address."""
    target = evidence.observation.target.host.lower().rstrip(".")
    return host in (target, evidence.address) or host.split(".")[-2:] == target.split(".")[-2:]


def _host_of(location: str) -> str | None:
    from urllib.parse import urlsplit  # few knocks meet a way elsewhere

    try:
        return urlsplit(location).hostname
    except ValueError:
        return None
