"""The kernel's own account of a TCP connection (struct tcp_info, linux/tcp.h)."""

import socket
import struct
import sys

_RETRANSMITS_OFFSET = 2  # tcpi_retransmits: how often the retransmission timer ran out
_RETRANS_OFFSET = 36  # tcpi_retrans: segments sent again and not acknowledged
_RTT = struct.Struct("=I")
_RTT_OFFSET = 68  # tcpi_rtt: eight bytes of flags, then the sixteenth 32-bit word


def handshake_rtt_ms(sock: socket.socket) -> float | None:
    """The smoothed round-trip time in milliseconds; None where the platform does not tell."""
    info = _info(sock)
    if info is None:
        return None
    microseconds: int = _RTT.unpack_from(info, _RTT_OFFSET)[0]
    return microseconds / 1000


def was_sent(sock: socket.socket) -> bool | None:
    """Whether a SYN without an answer leaves this machine; None before it was sent a second time.

    When the timer has run out and no segment counts as sent again, the kernel's own sending failed:
    netfilter's OUTPUT hook, or a rule after it, drops the packet (tcp_retransmit_skb counts only
    what the IP layer took).
    """
    info = _info(sock)
    if info is None or not info[_RETRANSMITS_OFFSET]:
        return None
    segments: int = struct.unpack_from("=I", info, _RETRANS_OFFSET)[0]
    return segments > 0


def _info(sock: socket.socket) -> bytes | None:
    """The first part of struct tcp_info; None where the platform has none."""
    if sys.platform != "linux":
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RTT_OFFSET + _RTT.size)
    except OSError:
        return None
    return info if len(info) == _RTT_OFFSET + _RTT.size else None
