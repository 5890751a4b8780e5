"""What servers answer when spoken to: patterns, causes, words, JSON."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.diagnose.document import document
from portview.diagnose.engine import diagnose
from portview.diagnose.report import report
from portview.diagnose.spoken_document import exchange_keys
from portview.probe.records import Closing, Nudge, Observation
from portview.probe.talk_records import Certificate, ClampTest, Exchange, HttpAnswer, TlsAnswer
from portview.text import clean
from portview.vocabulary import Confidence
from tests.diagnose.conftest import closed, connected, observation
from tests.diagnose.exchanged_cases import (
    CERTIFICATE,
    EXCHANGED,
    RDP_LOGIN_FIRST,
    SMB_SIGNED,
    STOOD,
    alert,
    behind_line,
    clamped,
    cut,
    http,
    quiet,
    said,
    spoken,
    tls,
)

_STOOD = "TLS 1.3, certificate for nas.lan, *.nas.lan, valid until 2027-01-01"
_SIGNS = {Confidence.CERTAIN: "!", Confidence.LIKELY: "~", Confidence.POSSIBLE: "?"}


@pytest.mark.parametrize(("seen", "pattern", "causes"), EXCHANGED)
def test_pattern_and_causes(seen: Observation, pattern: str, causes: str) -> None:
    diagnosis = diagnose(seen)
    found = [f"{cause.id}{_SIGNS[cause.confidence]}" for cause in diagnosis.causes]
    assert diagnosis.pattern == pattern
    assert " ".join(found[: len(causes.split())]) == causes


def _lines(seen: Observation) -> list[str]:
    page = report(seen, diagnose(seen))
    return [line.text for section in page.sections for line in section.lines]


@pytest.mark.parametrize(
    ("seen", "line"),
    [
        (
            observation(connected(port=22, first_bytes=b"SSH-2.0-OpenSSH_9.2\r\n")),
            "said: SSH-2.0-OpenSSH_9.2",
        ),
        (spoken(http(200, reason="OK", server="nginx")), "an HTTP request: HTTP 200 OK, Server: nginx"),
        (
            spoken(http(302, reason="", location="http://x/")),
            "an HTTP request: HTTP 302, Location: http://x/",
        ),
        (
            spoken(tls(), port=443),
            f"a TLS hello: {_STOOD}",
        ),
        (spoken(alert(112), port=443), "a TLS hello: TLS, alert unrecognized_name (112)"),
        (spoken(alert(199), port=443), "a TLS hello: TLS, alert 199"),
        (spoken(quiet(Nudge.HTTP), port=80), "an HTTP request: no answer"),
        (
            spoken(said(Nudge.RDP, RDP_LOGIN_FIRST), port=3389),
            "an RDP connection request: RDP, only for clients that log in first (NLA)",
        ),
        (spoken(said(Nudge.SMB, SMB_SIGNED), port=445), "an SMB negotiation: SMB 3.0.2, signing required"),
        (
            spoken(cut(Nudge.TLS), behind_line(tls()), port=443),
            f"the same behind a PROXY protocol line: {_STOOD}",
        ),
    ],
)
def test_transcript(seen: Observation, line: str) -> None:
    assert line in _lines(seen)


@pytest.mark.parametrize(
    ("name", "started", "certificate", "doubt"),
    [
        ("nas.lan", "2026-06-01T00:00:00+00:00", CERTIFICATE, None),
        ("box.nas.lan", "2026-06-01T00:00:00+00:00", CERTIFICATE, None),
        ("nas.lan", None, CERTIFICATE, None),
        ("nas.lan", "soon", CERTIFICATE, None),
        ("nas.lan", "2026-06-01T00:00:00", CERTIFICATE, None),
        ("nas.lan", "2027-06-01T00:00:00+00:00", CERTIFICATE, "the certificate expired on 2027-01-01"),
        (
            "nas.lan",
            "2025-06-01T00:00:00+00:00",
            CERTIFICATE,
            "the certificate is not valid before 2026-01-01",
        ),
        ("a.b.nas.lan", "2026-06-01T00:00:00+00:00", CERTIFICATE, "the certificate is not for a.b.nas.lan"),
        (None, "2026-06-01T00:00:00+00:00", CERTIFICATE, None),
    ],
)
def test_doubts_about_a_certificate(
    name: str | None, started: str | None, certificate: Certificate, doubt: str | None
) -> None:
    answer = replace(STOOD, server_name=name, certificate=certificate)
    lines = _lines(replace(spoken(tls(answer), port=443), started=started))
    doubts = [line for line in lines if line.endswith("clients that check it will refuse")]
    assert len(doubts) == (doubt is not None)
    assert all(line.startswith(doubt or "-") for line in doubts)


def test_json_of_a_web_server_behind_tls() -> None:
    seen = spoken(http(200, reason="OK", server="nginx", tls=STOOD), port=443)
    (attempt,) = seen.attempts
    assert exchange_keys(attempt) == {
        "tls": {
            "version": "TLSv1.3",
            "alert": None,
            "fatal": None,
            "error": None,
            "server_name": "nas.lan",
            "names": ["nas.lan", "*.nas.lan"],
            "not_before": "2026-01-01T00:00:00+00:00",
            "not_after": "2027-01-01T00:00:00+00:00",
            "self_signed": False,
        },
        "http": {"status": 200, "reason": "OK", "server": "nginx", "location": None},
        "exchanges": [
            {
                "sent": "tls",
                "reply": "HTTP/1.1 200 x\\x0d\\x0a\\x0d\\x0a",
                "received_bytes": 18,
                "closed_by": "fin",
                "closed_after_ms": 2.0,
            }
        ],
        "clamp_test": None,
    }
    unknown: Any = document(seen, diagnose(seen))["unknown_because"]
    assert "attempts.tls" not in unknown


def test_json_of_a_clamp_test() -> None:
    (attempt,) = clamped(ClampTest(1000, True, True, 0, 2)).attempts
    assert exchange_keys(attempt)["clamp_test"] == {
        "segment_bytes": 1000,
        "answered": True,
        "stalled_unclamped": True,
        "unacknowledged": 0,
        "out_of_order": 2,
    }


def test_json_says_when_tls_was_not_tried() -> None:
    seen = spoken(http(200), port=80)
    unknown: Any = document(seen, diagnose(seen))["unknown_because"]
    assert unknown["attempts.tls"] == "not_tried"


_TEXT = st.none() | st.text(max_size=20)
_EXCHANGE = st.builds(
    Exchange,
    st.sampled_from(Nudge),
    st.binary(max_size=40) | st.sampled_from([b"SSH-2.0-x", b"HTTP/1.1 302 x\r\n", b"554 no"]),
    st.integers(0, 5000),
    st.none() | st.sampled_from(Closing),
    st.none() | st.floats(0, 1e4),
    st.none() | st.builds(HttpAnswer, st.integers(100, 999), st.text(max_size=9), _TEXT, _TEXT),
    st.none()
    | st.builds(
        TlsAnswer,
        _TEXT,
        st.none() | st.integers(0, 255),
        st.none() | st.booleans(),
        _TEXT,
        _TEXT,
        st.none()
        | st.builds(
            Certificate,
            st.lists(st.text(max_size=9), max_size=5).map(tuple),
            st.text(max_size=9),
            st.text(max_size=9),
            st.booleans(),
        ),
    ),
)


@given(
    st.lists(_EXCHANGE, max_size=3).map(tuple),
    st.sampled_from([22, 25, 80, 443, 6379, 20001]),
    st.booleans(),
    st.none()
    | st.builds(ClampTest, st.just(1000), st.booleans(), st.booleans(), st.none() | st.integers(0, 9)),
)
def test_any_exchange_is_diagnosed(
    exchanges: tuple[Exchange, ...], port: int, hung_up: bool, clamp: ClampTest | None
) -> None:
    one = (closed if hung_up else connected)(port=port, exchanges=exchanges, clamp=clamp)
    seen = observation(one, started="2026-06-01T00:00:00+00:00")
    first, second = diagnose(seen), diagnose(seen)
    assert first == second
    assert first.causes
    assert all(clean(line) == line for line in _lines(seen))
    document(seen, first)
