"""Observations of servers that were spoken to, with the pattern and the causes they must give."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portview.probe.records import Attempt, Closing, Nudge, Observation
from portview.probe.talk_records import Certificate, ClampTest, Exchange, HttpAnswer, TlsAnswer
from tests.diagnose.conftest import PUBLIC, TARGET, closed, connected, observation

CERTIFICATE = Certificate(
    ("nas.lan", "*.nas.lan"), "2026-01-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00", False
)
STOOD = TlsAnswer(version="TLSv1.3", server_name="nas.lan", certificate=CERTIFICATE)
RDP_LOGIN_FIRST = bytes.fromhex("030000130ed00000123400 0300080005000000")
SMB_SIGNED = b"\0\0\0\x80\xfeSMB" + bytes(60) + bytes.fromhex("4100 0300 0203") + bytes(58)
_WANTS_TLS = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"


def http(status: int, reply: bytes = b"", **more: Any) -> Exchange:
    """An HTTP request and its answer."""
    tls = more.pop("tls", None)
    reply = reply or f"HTTP/1.1 {status} x\r\n\r\n".encode()
    answer = HttpAnswer(status, more.pop("reason", "x"), **more)
    nudge = Nudge.TLS if tls else Nudge.HTTP
    return Exchange(nudge, reply, len(reply), Closing.FIN, 2.0, http=answer, tls=tls)


def tls(answer: TlsAnswer | None = STOOD, reply: bytes = b"", received: int = 1000) -> Exchange:
    """A TLS hello and what came of it."""
    return Exchange(Nudge.TLS, reply, received, tls=answer)


def alert(code: int, name: str | None = "nas.lan") -> Exchange:
    """A TLS hello answered by an alert."""
    return tls(TlsAnswer(alert=code, fatal=True, server_name=name), received=7)


def said(nudge: Nudge, reply: bytes) -> Exchange:
    """Another opening and its answer."""
    return Exchange(nudge, reply, len(reply))


def cut(nudge: Nudge, by: Closing = Closing.RST) -> Exchange:
    """Hung up on without a word."""
    return Exchange(nudge, closed_by=by, closed_after_ms=0.3)


def quiet(nudge: Nudge) -> Exchange:
    """No answer, and the connection stays."""
    return Exchange(nudge)


def behind_line(one: Exchange) -> Exchange:
    """The same behind a line of the PROXY protocol."""
    return replace(one, nudge=Nudge.PROXY)


def asked_for(service: str, *exchanges: Exchange, port: int) -> Observation:
    """The same, where the scheme of a URL names the service."""
    seen = spoken(*exchanges, port=port)
    return replace(seen, target=replace(seen.target, scheme_service=service))


def spoken(
    *exchanges: Exchange, port: int = 20001, address: str = TARGET, host: str | None = None
) -> Observation:
    """A silent server that was spoken to."""
    one: Attempt = connected(address, port, exchanges=exchanges)
    return observation(one, host=host)


def portal(status: int, location: str, **more: Any) -> Observation:
    """Plain HTTP at a public site, answered with a way elsewhere."""
    more.setdefault("address", PUBLIC)
    more.setdefault("host", "www.example.com")
    return spoken(http(status, location=location), port=80, **more)


def clamped(clamp: ClampTest, *exchanges: Exchange, port: int = 443) -> Observation:
    """Something said to a silent server stalled, and was said again with small segments."""
    return observation(connected(port=port, exchanges=exchanges or (quiet(Nudge.TLS),), clamp=clamp))


def certified(day: str = "2026-06-01", name: str = "nas.lan", *, self_signed: bool = False) -> Observation:
    """TLS stood on a day, for a name, with a certificate of nas.lan for the year 2026."""
    certificate = replace(CERTIFICATE, self_signed=self_signed)
    answer = replace(STOOD, server_name=name, certificate=certificate)
    return replace(spoken(tls(answer), port=443), started=f"{day}T00:00:00+00:00")


_HUNG = TlsAnswer()
_CUT = (cut(Nudge.HTTP), cut(Nudge.TLS))

# Observation, pattern, causes from the first on with a sign for their confidence.
EXCHANGED: Sequence[tuple[Observation, str, str]] = (
    # Healthy stays healthy.
    (spoken(http(200), port=80), "est_silent_client_first", "healthy!"),
    (spoken(http(404), port=80), "est_silent_client_first", "healthy!"),
    (spoken(http(401)), "est_silent_client_first", "healthy!"),
    (spoken(http(400), quiet(Nudge.TLS), port=80), "est_silent_client_first", "healthy!"),
    (spoken(http(403), port=8080), "est_silent_client_first", "healthy!"),
    (spoken(http(429), port=8080), "est_silent_client_first", "rate_limited! healthy!"),
    (spoken(http(500), port=8080), "est_silent_client_first", "application_error! healthy!"),
    (spoken(tls(), port=443), "est_silent_client_first", "healthy!"),
    (spoken(http(200, tls=STOOD), port=443), "est_silent_client_first", "healthy!"),
    (spoken(tls(reply=b"* OK ready\r\n"), port=993), "est_silent_client_first", "healthy!"),
    (spoken(said(Nudge.REDIS, b"+PONG\r\n"), port=6379), "est_silent_client_first", "healthy!"),
    (spoken(said(Nudge.REDIS, b"-NOAUTH x\r\n"), port=6379), "est_silent_client_first", "healthy!"),
    (spoken(said(Nudge.POSTGRESQL, b"N"), port=5432), "est_silent_client_first", "healthy!"),
    (spoken(said(Nudge.HTTP, b"\x00\x01what?")), "est_silent_client_first", "healthy!"),
    (spoken(said(Nudge.RDP, RDP_LOGIN_FIRST), port=3389), "est_silent_client_first", "healthy!"),
    (spoken(said(Nudge.SMB, SMB_SIGNED), port=445), "est_silent_client_first", "healthy!"),
    (spoken(said(Nudge.SMB, b"HTTP/1.1 400 x\r\n"), port=445), "est_banner_other_service", "wrong_port~"),
    (spoken(cut(Nudge.SMB), port=445), "est_reset_after_client_data", "samba_hosts_allow? backend_down?"),
    (portal(301, "https://www.example.com/"), "est_silent_client_first", "healthy!"),
    (portal(302, "https://auth.example.com/login"), "est_silent_client_first", "healthy!"),
    (portal(302, "https://portal.example.com/"), "est_silent_client_first", "healthy!"),
    (portal(302, "//[/"), "est_silent_client_first", "healthy!"),
    (portal(302, "http://portal.lan/", address=TARGET, host=None), "est_silent_client_first", "healthy!"),
    # TLS and plain text mistaken for each other.
    (spoken(cut(Nudge.HTTP), tls(), port=80), "est_http_on_tls_port", "tls_expected! healthy!"),
    (spoken(cut(Nudge.HTTP), tls()), "est_http_on_tls_port", "healthy! tls_expected!"),
    (spoken(http(400), http(200, tls=STOOD), port=80), "est_http_on_tls_port", "tls_expected! healthy!"),
    (spoken(http(400, _WANTS_TLS), cut(Nudge.TLS)), "est_http_on_tls_port", "tls_expected!"),
    (spoken(http(400), port=443), "est_silent_client_first", "healthy!"),
    (
        spoken(Exchange(Nudge.TLS, b"HTTP/1.1 400 x\r\n\r\n", 18, http=HttpAnswer(400)), port=443),
        "est_not_tls",
        "tls_not_expected!",
    ),
    (
        spoken(said(Nudge.TLS, b"<html>400"), http(200), port=8443),
        "est_not_tls",
        "healthy! tls_not_expected!",
    ),
    (spoken(said(Nudge.TLS, b"SSH-2.0-x\r\n"), port=443), "est_not_tls", "tls_not_expected!"),
    (spoken(cut(Nudge.TLS), http(200), port=443), "est_not_tls", "tls_not_expected!"),
    (asked_for("https", cut(Nudge.TLS), http(200), port=8080), "est_not_tls", "tls_not_expected!"),
    (asked_for("http", http(400), tls(), port=443), "est_http_on_tls_port", "tls_expected! healthy!"),
    (spoken(said(Nudge.TLS, b"<!DOCTYPE"), port=3306), "est_banner_other_service", "wrong_port~ healthy~"),
    (spoken(tls(), port=587), "est_tls_no_greeting", "tls_expected! healthy!"),
    (spoken(said(Nudge.TLS, b"220 lab ESMTP\r\n"), port=587), "est_silent_client_first", "healthy!"),
    (spoken(said(Nudge.TLS, b"SSH-2.0-x\r\n"), port=587), "est_banner_other_service", "wrong_port~ healthy~"),
    (
        spoken(replace(http(400), nudge=Nudge.TLS), port=3306),
        "est_banner_other_service",
        "wrong_port~ healthy~",
    ),
    (
        spoken(replace(http(200), nudge=Nudge.REDIS), port=6379),
        "est_banner_other_service",
        "wrong_port~ healthy~",
    ),
    (
        spoken(said(Nudge.POSTGRESQL, b"E\0\0\0\x30SFATAL\0Mno pg_hba.conf entry for host"), port=5432),
        "est_refusing_text",
        "access_list!",
    ),
    (spoken(behind_line(http(200)), port=587), "est_silent_no_greeting", "service_hung~"),
    # Alerts.
    (spoken(alert(70), port=443), "est_tls_alert", "tls_no_common_version!"),
    (spoken(alert(112), port=443), "est_tls_alert", "tls_name_unknown!"),
    (spoken(cut(Nudge.HTTP), alert(112)), "est_tls_alert", "tls_name_unknown!"),
    (
        spoken(tls(TlsAnswer(version="TLSv1.3", alert=116)), port=443),
        "est_tls_alert",
        "tls_client_certificate!",
    ),
    (
        spoken(alert(40), port=443),
        "est_tls_alert",
        "tls_no_common_version? tls_client_certificate? tls_name_unknown?",
    ),
    (spoken(alert(40, None), port=443), "est_tls_alert", "tls_name_unknown? tls_no_common_version?"),
    (spoken(alert(80), port=443), "est_tls_alert", "healthy~"),
    # An SSH port that did not greet and was greeted.
    (
        asked_for("ssh", said(Nudge.SSH, b"HTTP/1.1 400 Bad Request\r\n\r\n"), port=20001),
        "est_banner_other_service",
        "wrong_port~ healthy~",
    ),
    (spoken(said(Nudge.SSH, b"SSH-2.0-lab\r\n"), port=22), "est_silent_client_first", "healthy!"),
    (spoken(cut(Nudge.SSH), port=22), "est_reset_after_client_data", "wrong_port? backend_down?"),
    # Turned down after its own hello: no version and no name, and with TLS 1.3 no handshake that works.
    (
        spoken(tls(TlsAnswer(alert=40, fatal=True, after_hello=True)), port=443),
        "est_tls_alert",
        "tls_client_certificate~",
    ),
    (
        spoken(cut(Nudge.HTTP), tls(TlsAnswer(version="TLSv1.3", alert=116))),
        "est_tls_alert",
        "tls_client_certificate!",
    ),
    # About the request, which small servers do not know, and about a backend in Cloudflare's words.
    (spoken(http(501)), "est_silent_client_first", "healthy!"),
    (spoken(http(505)), "est_silent_client_first", "healthy!"),
    (spoken(http(521, server="cloudflare")), "est_http_502_503_504", "backend_down~"),
    (spoken(http(521)), "est_silent_client_first", "application_error! healthy!"),
    # Behind a line of the PROXY protocol.
    (
        spoken(cut(Nudge.HTTP), cut(Nudge.TLS), behind_line(http(200))),
        "est_proxy_protocol",
        "proxy_protocol_expected!",
    ),
    (spoken(cut(Nudge.TLS), behind_line(tls()), port=443), "est_proxy_protocol", "proxy_protocol_expected!"),
    (spoken(http(400), behind_line(http(200)), port=80), "est_proxy_protocol", "proxy_protocol_expected!"),
    (
        spoken(behind_line(said(Nudge.HTTP, b"220 lab ESMTP\r\n")), port=587),
        "est_proxy_protocol",
        "proxy_protocol_expected!",
    ),
    (
        spoken(cut(Nudge.HTTP), cut(Nudge.TLS), behind_line(cut(Nudge.HTTP))),
        "est_reset_after_client_data",
        "healthy? backend_down? access_list? proxy_protocol_expected?",
    ),
    (
        spoken(cut(Nudge.HTTP), cut(Nudge.TLS), behind_line(said(Nudge.HTTP, b"ERR unknown command"))),
        "est_reset_after_client_data",
        "healthy?",
    ),
    (spoken(behind_line(quiet(Nudge.HTTP)), port=587), "est_silent_no_greeting", "service_hung~"),
    (
        spoken(tls(TlsAnswer(error="WRONG_SIGNATURE_TYPE")), port=443),
        "est_tls_failed",
        "tls_failed~ healthy?",
    ),
    # Certificates that clients refuse; those made at home are only remarked on.
    (certified("2027-06-01"), "est_silent_client_first", "tls_certificate_expired! healthy!"),
    (certified("2025-06-01"), "est_silent_client_first", "tls_certificate_early! healthy!"),
    (certified(name="x.example"), "est_silent_client_first", "tls_certificate_name! healthy!"),
    (
        certified("2027-06-01", name="x.example"),
        "est_silent_client_first",
        "tls_certificate_expired! tls_certificate_name! healthy!",
    ),
    (certified(self_signed=True), "est_silent_client_first", "healthy! tls_certificate_self_signed!"),
    (
        certified("2027-06-01", self_signed=True),
        "est_silent_client_first",
        "healthy! tls_certificate_expired! tls_certificate_self_signed!",
    ),
    (certified(), "est_silent_client_first", "healthy!"),
    # Gateways and others that answer in the service's place.
    (spoken(http(502), port=80), "est_http_502_503_504", "backend_down~ lb_no_backend?"),
    (spoken(http(503), port=80), "est_http_502_503_504", "backend_down~ lb_no_backend? conn_limit?"),
    (spoken(http(504, tls=STOOD), port=443), "est_http_502_503_504", "backend_down~ lb_no_backend?"),
    (spoken(http(511), port=80), "est_http_captive", "captive_portal~ healthy?"),
    (portal(302, "http://portal.hotel.example.net/?u=x"), "est_http_captive", "captive_portal~ healthy?"),
    (portal(302, "https://cloud.example.cn/webblock.html?d=x"), "est_http_captive", "icp_filing_missing~"),
    # Only small packets come through; what is not seen at the same moment proves nothing.
    (clamped(ClampTest(1000, True, True, 0, 2)), "est_banner_then_stall", "mtu_blackhole!"),
    (clamped(ClampTest(1000, True, True, 3, 0)), "est_banner_then_stall", "mtu_blackhole~ service_hung?"),
    (clamped(ClampTest(1000, True, True, 0, 0)), "est_banner_then_stall", "mtu_blackhole~ service_hung?"),
    (clamped(ClampTest(1000, True, True)), "est_banner_then_stall", "mtu_blackhole~ service_hung?"),
    (clamped(ClampTest(1000, True, True, 0, 1), tls(_HUNG)), "est_banner_then_stall", "mtu_blackhole!"),
    (
        clamped(ClampTest(1000, True, True, 0, 1), quiet(Nudge.HTTP), http(400, tls=None), port=20001),
        "est_banner_then_stall",
        "mtu_blackhole!",
    ),
    (clamped(ClampTest(1000, True, False, 0, 2)), "est_silent_dead", "service_hung~ backend_down?"),
    (clamped(ClampTest(1000, False, True, 0, 2)), "est_silent_dead", "service_hung~ backend_down?"),
    (clamped(ClampTest(1000, False, False, 3, 2)), "est_silent_dead", "service_hung~ backend_down?"),
    (
        clamped(ClampTest(1000, False, True, 3, 0)),
        "est_lost_after_handshake",
        "lost_after_handshake~ no_return_path?",
    ),
    (clamped(ClampTest(1000, False, True, 0, 0)), "est_silent_dead", "service_hung~ backend_down?"),
    # Text that says no.
    (
        spoken(said(Nudge.REDIS, b"-DENIED Redis is running in protected mode"), port=6379),
        "est_refusing_text",
        "access_list!",
    ),
    (
        spoken(said(Nudge.HTTP, b"Not allowed at this time\r\n")),
        "est_refusing_text",
        "sshd_source_penalty~ sshd_maxstartups~",
    ),
    (observation(connected(port=25, first_bytes=b"554 5.7.1 no\r\n")), "est_refusing_text", "access_list~"),
    (
        observation(connected(first_bytes=b"ERROR Too many open connections\r\n")),
        "est_refusing_text",
        "conn_limit!",
    ),
    (
        observation(closed(first_bytes=b"-ERR max number of clients reached\r\n")),
        "est_closed_after_text",
        "conn_limit!",
    ),
    (
        observation(closed(port=873, first_bytes=b"@RSYNCD: 31.0\n@ERROR: max connections (4) reached\n")),
        "est_closed_after_text",
        "conn_limit!",
    ),
    (
        observation(closed(first_bytes=b"\x00\x04Too many authentication failures")),
        "est_closed_after_text",
        "access_list!",
    ),
    (
        observation(connected(port=22, first_bytes=b"x9:QfJ\r\n")),
        "est_banner_other_service",
        "wrong_port~ healthy~ tarpit?",
    ),
    (observation(connected(port=20001, first_bytes=b"x9:QfJ\r\n")), "est_banner_ok", "healthy!"),
    (observation(closed(first_bytes=b"* BYE go away\r\n")), "est_closed_after_text", "access_list~"),
    # Another protocol than usual.
    (spoken(said(Nudge.HTTP, b"SSH-2.0-x\r\n"), port=80), "est_banner_other_service", "wrong_port~ healthy~"),
    # Cut, or silence.
    (
        spoken(*_CUT),
        "est_reset_after_client_data",
        "healthy? proxy_protocol_expected? backend_down? access_list?",
    ),
    (
        spoken(cut(Nudge.HTTP), quiet(Nudge.TLS)),
        "est_reset_after_client_data",
        "healthy? proxy_protocol_expected?",
    ),
    (
        observation(closed(PUBLIC, 443, by=Closing.RST, exchanges=_CUT)),
        "est_reset_after_client_data",
        "backend_down? proxy_protocol_expected? rst_injector? access_list?",
    ),
    (
        observation(closed(port=80, exchanges=(cut(Nudge.HTTP, Closing.FIN), cut(Nudge.TLS)))),
        "est_reset_after_client_data",
        "backend_down? proxy_protocol_expected? access_list?",
    ),
    (spoken(quiet(Nudge.HTTP), quiet(Nudge.TLS)), "est_silent_dead", "service_hung? healthy? backend_down?"),
    # What is usual there, but not in which protocol it would have answered.
    (spoken(quiet(Nudge.HTTP), port=1514), "est_silent_dead", "service_hung? healthy? backend_down?"),
    (spoken(quiet(Nudge.HTTP), port=80), "est_silent_dead", "service_hung~ backend_down?"),
    (spoken(quiet(Nudge.TLS), port=443), "est_silent_dead", "service_hung~ backend_down?"),
)
