"""What SMB servers choose, and that no bytes make the reader raise."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.probe.readers.smb import SmbAnswer, read_smb


def _answer(mode: int, dialect: int) -> bytes:
    message = b"\xfeSMB" + bytes(60) + struct.pack("<HHH", 65, mode, dialect) + bytes(58)
    return struct.pack(">I", len(message)) + message


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (_answer(1, 0x0302), SmbAnswer("3.0.2", False)),
        (_answer(3, 0x0210), SmbAnswer("2.1", True)),
        (_answer(1, 0), None),
        (_answer(3, 0x0302)[:70], None),
        (b"\0\0\0\x25\xffSMB" + bytes(33), SmbAnswer("1")),
        (b"220 lab ready\r\n", None),
        (b"", None),
    ],
)
def test_answers(data: bytes, answer: SmbAnswer | None) -> None:
    assert read_smb(data) == answer


@given(st.binary(max_size=90).map(lambda tail: b"\0\0\0\x40\xfeSMB" + tail))
def test_any_bytes(data: bytes) -> None:
    read_smb(data)
