"""What RDP servers choose, and that no bytes make the reader raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.probe.readers.rdp import RdpAnswer, read_rdp

_CONFIRM = bytes.fromhex("030000130ed000001234 00")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (_CONFIRM + bytes.fromhex("0200080001000000"), RdpAnswer(protocol=1)),
        (_CONFIRM + bytes.fromhex("0200080000000000"), RdpAnswer(protocol=0)),
        (_CONFIRM + bytes.fromhex("0300080005000000"), RdpAnswer(failure=5)),
        (bytes.fromhex("0300000b06d00000123400"), RdpAnswer(protocol=0)),
        (bytes.fromhex("030000130ee0000000000001000800010000 00"), None),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", None),
        (b"", None),
    ],
)
def test_answers(data: bytes, answer: RdpAnswer | None) -> None:
    assert read_rdp(data) == answer


def test_login_first() -> None:
    assert RdpAnswer(failure=5).wants_login_first
    assert not RdpAnswer(protocol=1).wants_login_first


@given(st.binary(max_size=40).map(lambda tail: b"\x03\x00" + tail))
def test_any_bytes(data: bytes) -> None:
    read_rdp(data)
