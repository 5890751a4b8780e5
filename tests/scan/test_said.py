from dataclasses import replace

import pytest

from portview.probe.records import Attempt, Closing, Nudge
from portview.probe.talk_records import Certificate, Exchange, HttpAnswer, TlsAnswer
from portview.scan.said import Said, said_by
from portview.vocabulary import Family, Outcome


def attempt(*exchanges: Exchange, first: bytes | None = None) -> Attempt:
    return Attempt(
        "192.0.2.7", Family.IPV4, 443, Outcome.CONNECTED, 1.0, first_bytes=first, exchanges=exchanges
    )


def hung_up(first: bytes | None = None) -> Attempt:
    return replace(attempt(first=first), outcome=Outcome.CLOSED_BY_PEER, closed_by=Closing.RST)


CERTIFICATE = Certificate(
    ("nas.lan", "*.nas.lan\x1b[2J"), "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", True
)
WEB = Exchange(Nudge.HTTP, b"HTTP/1.1 200 OK", 15, http=HttpAnswer(200, "OK", "nginx\x1b[2J"))
TLS = Exchange(
    Nudge.TLS, b"HTTP/1.1 302", 12, http=HttpAnswer(302), tls=TlsAnswer("TLSv1.3", certificate=CERTIFICATE)
)


@pytest.mark.parametrize(
    ("heard", "said", "in_short"),
    [
        (attempt(), Said(), ""),
        (attempt(first=b"SSH-2.0-OpenSSH_9.2\r\n"), Said("SSH-2.0-OpenSSH_9.2"), "SSH-2.0-OpenSSH_9.2"),
        (attempt(first=b"220 \x1b[31mhi\r\n"), Said("220 \\x1b[31mhi"), "220 \\x1b[31mhi"),
        (
            attempt(WEB),
            Said(http_status=200, http_server="nginx\\x1b[2J"),
            "HTTP 200 nginx\\x1b[2J",
        ),
        (
            attempt(TLS),
            Said(None, "TLS 1.3", ("nas.lan", "*.nas.lan\\x1b[2J"), 302),
            "TLS 1.3 nas.lan (+1), HTTP 302",
        ),
        (attempt(Exchange(Nudge.REDIS, b"+PONG\r\n", 7)), Said("+PONG"), "+PONG"),
        (attempt(Exchange(Nudge.TLS, tls=TlsAnswer(alert=40))), Said(), ""),
        (hung_up(), Said(closed_by=Closing.RST), "closed without a word (RST)"),
        (hung_up(first=b"go away\r\n"), Said("go away"), "go away"),
    ],
)
def test_first_words_are_made_safe_and_short(heard: Attempt, said: Said, in_short: str) -> None:
    assert said_by(heard) == said
    assert said.in_short == in_short


def test_a_long_banner_is_cut() -> None:
    said = said_by(attempt(first=b"x" * 5000))
    assert said.banner is not None
    assert len(said.banner) == 120
