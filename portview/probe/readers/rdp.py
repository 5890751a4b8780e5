"""The answer to an RDP connection request (X.224 connection confirm, MS-RDPBCGR section 2.2.1.2)."""

from typing import NamedTuple

_TPKT = b"\x03\x00"
_CONFIRM = 0xD0
_RESPONSE, _FAILURE = 2, 3  # RDP_NEG_RSP, RDP_NEG_FAILURE
_LENGTH = 19  # of a confirm with either


class RdpAnswer(NamedTuple):
    """`protocol` is what the server chose (0: RDP's own, 1: TLS), `failure` why it chose nothing."""

    protocol: int | None = None
    failure: int | None = None

    @property
    def wants_login_first(self) -> bool:
        """Whether it takes only clients that log in before the session (HYBRID_REQUIRED_BY_SERVER)."""
        return self.failure == 5


def read_rdp(data: bytes) -> RdpAnswer | None:
    """The choice of the server; None when the bytes are no connection confirm."""
    if len(data) < 6 or not data.startswith(_TPKT) or data[5] & 0xF0 != _CONFIRM:
        return None
    if len(data) < _LENGTH or data[11] not in (_RESPONSE, _FAILURE):
        return RdpAnswer(protocol=0)  # servers from before the negotiation
    value = int.from_bytes(data[15:19], "little")
    return RdpAnswer(protocol=value) if data[11] == _RESPONSE else RdpAnswer(failure=value)
