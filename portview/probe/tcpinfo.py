"""The kernel's own account of a TCP connection (struct tcp_info, linux/tcp.h)."""

import socket
import struct
import sys

_RTT = struct.Struct("=I")
_RTT_OFFSET = 68  # tcpi_rtt: eight bytes of flags, then the sixteenth 32-bit word


def handshake_rtt_ms(sock: socket.socket) -> float | None:
    """The smoothed round-trip time in milliseconds; None where the platform does not tell."""
    if sys.platform != "linux":
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RTT_OFFSET + _RTT.size)
    except OSError:
        return None
    if len(info) < _RTT_OFFSET + _RTT.size:
        return None
    microseconds: int = _RTT.unpack_from(info, _RTT_OFFSET)[0]
    return microseconds / 1000
