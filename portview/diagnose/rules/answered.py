"""The server was silent and was spoken to: what came back, or did not."""

from collections.abc import Iterable

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.exchanged import lacks_filing, pattern_of_exchanges, refusing_tls
from portview.diagnose.farewell import causes_said
from portview.diagnose.records import Fact, Finding
from portview.diagnose.rules.say import certain, fact, hung, likely, possible
from portview.knowledge.speech import greets_first, usual_speech
from portview.probe.records import Closing
from portview.vocabulary import Outcome

# RFC 8446, section 6: the alerts that tell what the client lacks.
_HANDSHAKE_FAILURE = 40
_NO_VERSION = frozenset({70, 71})
_NO_NAME = 112
_NO_CERTIFICATE = frozenset({42, 116})
# Where clients begin with TLS whatever they are told (IANA's names for them say so).
_TLS_ALWAYS = frozenset({443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 5061})
_TOO_MANY, _FAILS, _UNAVAILABLE = 429, 500, 503
# About the request, not the server: many small ones know no HEAD, and say 501 (RFC 9110, section 15.6).
_NOT_FOR_US = frozenset({501, 505})


def _shows(evidence: Evidence, pattern: str) -> bool:
    return evidence.is_tcp and pattern_of_exchanges(evidence) == pattern


def _fits(evidence: Evidence, speech: str) -> bool:
    """Whether the port's usual service speaks this."""
    return usual_speech(evidence.service) == speech


def _heard(evidence: Evidence) -> str:
    """The fact that names the answer best."""
    if evidence.http is not None:
        return "http_answer"
    if evidence.tls is not None and evidence.tls.stands:
        return "tls_answer"
    return "reply"


def answers(evidence: Evidence) -> Iterable[Finding]:
    """Spoken to, the server answers in the protocol it was spoken to in."""
    if _shows(evidence, "est_silent_client_first"):
        yield certain("healthy", "handshake", _heard(evidence), weight=10)
    if _shows(evidence, "est_banner_other_service"):
        yield likely("wrong_port", "reply", "speech_other", weight=20)
        yield likely("healthy", "handshake", "reply", weight=10)


def tls_only(evidence: Evidence) -> Iterable[Finding]:
    """Plain HTTP fails and TLS works: only a client without TLS has a problem."""
    if not _shows(evidence, "est_http_on_tls_port"):
        return
    stood = evidence.tls is not None and evidence.tls.stands
    because = ("http_turned_down", "tls_answer") if stood else ("http_turned_down", "wants_tls")
    yield certain("tls_expected", *because, weight=20 if _fits(evidence, "HTTP") or not stood else 5)
    if stood:
        yield certain("healthy", "handshake", "tls_answer", weight=10)


def tls_from_the_start(evidence: Evidence) -> Iterable[Finding]:
    """A server that should greet in plain text expects TLS: clients must be set to that."""
    if _shows(evidence, "est_tls_no_greeting"):
        yield certain("tls_expected", "no_greeting", "tls_answer", "starts_in_tls", weight=20)
        yield certain("healthy", "handshake", "tls_answer", weight=10)


def plain_only(evidence: Evidence) -> Iterable[Finding]:
    """A TLS hello fails and plain text works."""
    if not _shows(evidence, "est_not_tls"):
        return
    by_url = evidence.observation.target.scheme_service and _fits(evidence, "TLS")
    if by_url or evidence.port in _TLS_ALWAYS:
        yield certain("tls_not_expected", "tls_turned_down", "reply", weight=20)
    else:
        yield certain("healthy", "handshake", _heard(evidence), weight=10)
        yield certain("tls_not_expected", "tls_turned_down", "reply", weight=5)


def tls_alert(evidence: Evidence) -> Iterable[Finding]:
    """The server names what it lacks in this client."""
    if not _shows(evidence, "est_tls_alert"):
        return
    code = refusing_tls(evidence)
    if code in _NO_VERSION:
        yield certain("tls_no_common_version", "tls_alert", weight=10)
    elif code == _NO_NAME:
        yield certain("tls_name_unknown", "tls_alert", weight=10)
    elif code in _NO_CERTIFICATE:
        yield certain("tls_client_certificate", "tls_alert", weight=10)
    elif code == _HANDSHAKE_FAILURE and evidence.tls is not None and evidence.tls.after_hello:
        yield likely("tls_client_certificate", "tls_alert", "alert_after_hello", weight=10)
    elif code == _HANDSHAKE_FAILURE:
        nameless = evidence.tls is not None and evidence.tls.server_name is None
        yield possible("tls_no_common_version", "tls_alert", "alert_is_vague", weight=20)
        yield possible("tls_client_certificate", "tls_alert", "alert_is_vague", weight=15)
        yield possible("tls_name_unknown", "tls_alert", "alert_is_vague", weight=30 if nameless else 10)
    else:
        yield likely("healthy", "handshake", "tls_alert", "alert_is_speech", weight=10)


def tls_broken(evidence: Evidence) -> Iterable[Finding]:
    """It answers in TLS, and the handshake comes to no end."""
    if _shows(evidence, "est_tls_failed"):
        yield likely("tls_failed", "tls_unfinished", weight=20)
        yield possible("healthy", "handshake", weight=5)


def application_fails(evidence: Evidence) -> Iterable[Finding]:
    """The server itself says that it fails, or that it is asked too often; the port is fine."""
    status = evidence.http.status if evidence.http else 0
    if not _shows(evidence, "est_silent_client_first"):
        return
    if status == _TOO_MANY:
        yield certain("rate_limited", "http_answer", "http_fails", weight=20)
    elif status >= _FAILS and status not in _NOT_FOR_US:
        yield certain("application_error", "http_answer", "http_fails", weight=20)


def gateway_without_backend(evidence: Evidence) -> Iterable[Finding]:
    """A gateway says that the service behind it does not serve."""
    if not _shows(evidence, "est_http_502_503_504") or evidence.http is None:
        return
    yield likely("backend_down", "http_answer", "gateway_says", weight=20)
    if evidence.http.status == _UNAVAILABLE:
        yield possible("lb_no_backend", "http_answer", "gateway_says", weight=10)
        yield possible("conn_limit", "http_answer", "unavailable_or_busy", weight=5)
    else:
        yield possible("lb_no_backend", "http_answer", "gateway_says", weight=5)


def login_page(evidence: Evidence) -> Iterable[Finding]:
    """Somebody else answers in the site's place."""
    if not _shows(evidence, "est_http_captive") or evidence.http is None:
        return
    if lacks_filing(evidence.http):
        yield likely("icp_filing_missing", "http_answer", "leads_elsewhere", weight=20)
    else:
        yield likely("captive_portal", "http_answer", "leads_elsewhere", weight=20)
        yield possible("healthy", "handshake", "http_answer")


def refusing_text(evidence: Evidence) -> Iterable[Finding]:
    """Spoken to, the server says why it does not serve."""
    if not _shows(evidence, "est_refusing_text"):
        return
    for place, (cause, confidence) in enumerate(causes_said(evidence.reply)):
        yield Finding(cause, confidence, (Fact("reply"),), weight=30 - place)


def hung_up_on_us(evidence: Evidence) -> Iterable[Finding]:
    """It waited for us and hung up on what we said."""
    if not _shows(evidence, "est_reset_after_client_data"):
        return
    fits = usual_speech(evidence.service) is not None
    if not fits:
        yield possible("healthy", "hung_up", "other_protocol", weight=30)
    if evidence.behind_proxy_line is None:
        yield possible("proxy_protocol_expected", "hung_up", "usual_reason", weight=25)
    else:
        yield possible("proxy_protocol_expected", "hung_up", against=["proxy_line_in_vain"])
    yield possible("backend_down", "hung_up", "usual_reason", weight=28 if fits else 20)
    if greets_first(evidence.service):
        yield possible("wrong_port", "no_greeting", "hung_up", weight=35)
    if usual_speech(evidence.service) == "SMB":
        yield possible("samba_hosts_allow", "hung_up", weight=35)
    yield possible("access_list", "hung_up", "usual_reason", weight=10)
    resets = any(one.closed_by is Closing.RST for one in evidence.exchanges)
    if resets and fits and evidence.address_kind is AddressKind.PUBLIC:
        yield possible("rst_injector", "hung_up", "rst_forged", weight=15)


def expects_proxy_line(evidence: Evidence) -> Iterable[Finding]:
    """It turned everything down, and serves behind a line that says for whom a proxy speaks."""
    if not _shows(evidence, "est_proxy_protocol"):
        return
    if not evidence.exchanges:
        before = "no_greeting"
    elif evidence.http:
        before = "http_answer"
    else:
        before = "hung_up"
    yield certain("proxy_protocol_expected", before, "proxy_line_served", weight=40)


def large_packets_lost(evidence: Evidence) -> Iterable[Finding]:
    """It stalls with full segments and works with small ones, at the same moment."""
    clamp = evidence.primary.clamp if evidence.primary else None
    if not _shows(evidence, "est_banner_then_stall") or clamp is None:
        return
    works = fact("clamped_works", segment=str(clamp.segment))
    if clamp.out_of_order:
        yield certain("mtu_blackhole", "stalls", works, "gap_in_answer", weight=20)
        return
    lost = ("words_lost",) if clamp.unacknowledged else ()
    yield likely("mtu_blackhole", "stalls", works, *lost, weight=20)
    yield possible("service_hung", "stalls", weight=10)


def lost_words(evidence: Evidence) -> Iterable[Finding]:
    """Nothing that is said arrives: the way there is broken, not the program."""
    if not evidence.is_tcp or evidence.outcome is not Outcome.CONNECTED or not evidence.words_lost:
        return
    if evidence.has_spoken or evidence.not_heard_out:
        return
    lost = "closing_lost" if evidence.primary and evidence.primary.clamp is None else "not_acknowledged"
    said = ("no_reply",) if evidence.exchanges else ()
    yield likely("lost_after_handshake", *said, lost, "kernel_acknowledges", weight=20)
    yield possible("no_return_path", lost, "usual_reason", weight=10)
    yield possible("accept_queue_full", lost, "many_clients", weight=5)


def dead_silence(evidence: Evidence) -> Iterable[Finding]:
    """Nothing came back at all, although the connection stands."""
    if not _shows(evidence, "est_silent_dead"):
        return
    if evidence.is_usual_service and usual_speech(evidence.service) is not None:
        yield hung(evidence, "no_reply_in_time", weight=20)
    else:
        yield possible("service_hung", "no_reply", "kernel_accepts", weight=20)
        yield possible("healthy", "handshake", "other_protocol", weight=15)
    yield possible("backend_down", "no_reply", "usual_reason", weight=10)


RULES = (
    answers,
    tls_only,
    tls_from_the_start,
    plain_only,
    tls_alert,
    tls_broken,
    application_fails,
    gateway_without_backend,
    login_page,
    refusing_text,
    hung_up_on_us,
    expects_proxy_line,
    large_packets_lost,
    lost_words,
    dead_silence,
)
