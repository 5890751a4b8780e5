"""Certificates made by OpenSSL, and bytes that are none."""

import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.probe.readers.certificate import read_certificate
from portview.probe.talk_records import Certificate
from portview.text import clean

_CERTIFICATES = Path(__file__).parent.parent / "certificates"


def _der(name: str) -> bytes:
    return ssl.PEM_cert_to_DER_cert((_CERTIFICATES / f"{name}.pem").read_text())


SERVER = _der("server")


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        (
            "server",  # GeneralizedTime beyond 2049, alternative names of both kinds
            Certificate(
                ("nas.lan", "*.nas.lan", "192.0.2.7", "2001:db8::7"),
                "2026-11-22T14:27:18+00:00",
                "2126-10-29T14:27:18+00:00",
                True,
            ),
        ),
        (
            "old",  # UTCTime of the last century, another issuer, a critical extension, UTF-8
            Certificate(
                ("Büro", "old.example"), "1998-01-01T00:00:00+00:00", "2001-02-03T04:05:06+00:00", False
            ),
        ),
        (
            "v1",  # version 1: no version field, no extensions
            Certificate(("router",), "2026-11-22T14:27:18+00:00", "2109-01-11T14:27:18+00:00", True),
        ),
        ("none", Certificate((), "2026-11-22T14:27:18+00:00", "2109-01-11T14:27:18+00:00", True)),
    ],
)
def test_facts(name: str, facts: Certificate) -> None:
    assert read_certificate(_der(name)) == facts


@pytest.mark.parametrize(
    ("utc_time", "expected"),
    [
        (b"500101000000Z", "1950-01-01T00:00:00+00:00"),
        (b"491231235959Z", "2049-12-31T23:59:59+00:00"),
        (b"2611221427180", None),
        (b"26112214271xZ", None),
        (b"261322142718Z", None),
    ],
)
def test_the_times_that_two_digits_of_a_year_mean(utc_time: bytes, expected: str | None) -> None:
    first = b"261122142718Z"
    assert SERVER.count(first) == 1
    read = read_certificate(SERVER.replace(first, utc_time))
    assert (read and read.not_before) == expected


@pytest.mark.parametrize("size", range(0, len(SERVER), 7))
def test_a_cut_certificate_is_none(size: int) -> None:
    assert read_certificate(SERVER[:size]) is None


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    read_certificate(data)
    read_certificate(b"\x30\x82\x01\x90\x30\x82\x01\x8c" + data)


@given(st.lists(st.tuples(st.integers(0, len(SERVER) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_certificate_is_read_or_none(damage: list[tuple[int, int]]) -> None:
    data = bytearray(SERVER)
    for place, value in damage:
        data[place] = value
    read = read_certificate(bytes(data))
    assert read is None or all(clean(name) == name for name in read.names)
