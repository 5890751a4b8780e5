"""The answer to an SMB2 negotiation (MS-SMB2 section 2.2.4)."""

from typing import NamedTuple

_HEADER = 64  # after the four bytes of the length
_BODY = 4 + _HEADER
_SIGNING_REQUIRED = 2
_DIALECTS = {0x0202: "2.0.2", 0x0210: "2.1", 0x0300: "3.0", 0x0302: "3.0.2", 0x0311: "3.1.1", 0x02FF: "2"}


class SmbAnswer(NamedTuple):
    """The version that the server chose, `1` where it knows no other, and whether it insists on signing."""

    dialect: str
    signing_required: bool | None = None


def read_smb(data: bytes) -> SmbAnswer | None:
    """The choice of the server; None when the bytes are no answer of SMB."""
    if data[4:8] == b"\xffSMB":
        return SmbAnswer("1")
    if data[4:8] != b"\xfeSMB" or len(data) < _BODY + 6:
        return None
    mode = int.from_bytes(data[_BODY + 2 : _BODY + 4], "little")
    number = int.from_bytes(data[_BODY + 4 : _BODY + 6], "little")
    if (dialect := _DIALECTS.get(number)) is None:
        return None  # an error, or a dialect that nobody offered
    return SmbAnswer(dialect, bool(mode & _SIGNING_REQUIRED))
