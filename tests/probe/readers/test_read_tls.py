"""TLS records in the clear."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.probe.readers.tls import Alert, is_tls, read_alert

_HELLO = b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"


@pytest.mark.parametrize(
    ("data", "alert"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x46", Alert(70, True)),
        (b"\x15\x03\x03\x00\x02\x01\x70", Alert(112, False)),
        (_HELLO + b"\x15\x03\x03\x00\x02\x02\x28", Alert(40, True)),
        (b"\x15\x03\x03\x00\x1a" + b"\x00" * 26, None),  # encrypted
        (b"\x15\x03\x03\x00\x02\x02", None),  # cut off
        (_HELLO, None),
        (b"HTTP/1.1 400 Bad Request\r\n", None),
        (b"", None),
    ],
)
def test_alert(data: bytes, alert: Alert | None) -> None:
    assert read_alert(data) == alert


@pytest.mark.parametrize(
    ("data", "tls"),
    [
        (_HELLO, True),
        (b"\x16", True),
        (b"\x15\x03", True),
        (b"\x15\x02", False),
        (b"HTTP", False),
        (b"", False),
    ],
)
def test_is_tls(data: bytes, tls: bool) -> None:
    assert is_tls(data) is tls


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"\x15\x03\x03\x00\x02" + rest))
def test_any_bytes_are_read(data: bytes) -> None:
    alert = read_alert(data)
    assert alert is None or 0 <= alert.code <= 255
