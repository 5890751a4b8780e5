"""The kernel's own account of a TCP connection (struct tcp_info, linux/tcp.h)."""

import socket
import struct
import sys

_STATE_OFFSET = 0  # tcpi_state
_FIN_WAIT1 = 4  # linux/tcp_states.h: closed by this side, which is not acknowledged yet
_RETRANSMITS_OFFSET = 2  # tcpi_retransmits: how often the retransmission timer ran out
_RETRANS_OFFSET = 36  # tcpi_retrans: segments sent again and not acknowledged
_UNACKED_OFFSET = 24  # tcpi_unacked: segments sent and not acknowledged
_OUT_OF_ORDER_OFFSET = 224  # tcpi_rcv_ooopack: segments received behind a gap (Linux 5.4)
_WORD = struct.Struct("=I")
_RTT_OFFSET = 68  # tcpi_rtt: eight bytes of flags, then the sixteenth 32-bit word


def handshake_rtt_ms(sock: socket.socket) -> float | None:
    """The smoothed round-trip time in milliseconds; None where the platform does not tell."""
    info = _info(sock)
    if info is None:
        return None
    return _word(info, _RTT_OFFSET) / 1000


def was_sent(sock: socket.socket) -> bool | None:
    """Whether a SYN without an answer leaves this machine; None before it was sent a second time.

    When the timer has run out and no segment counts as sent again, the kernel's own sending failed:
    netfilter's OUTPUT hook, or a rule after it, drops the packet (tcp_retransmit_skb counts only
    what the IP layer took).
    """
    info = _info(sock)
    if info is None or not info[_RETRANSMITS_OFFSET]:
        return None
    return _word(info, _RETRANS_OFFSET) > 0


def unacknowledged(sock: socket.socket) -> int | None:
    """How many of our segments were sent again and did not arrive; None where the platform does not tell."""
    info = _info(sock)
    if info is None:
        return None
    return _word(info, _UNACKED_OFFSET) if _is_sent_again(info) else 0


def may_be_lost(sock: socket.socket) -> bool:
    """Whether something that was sent is not acknowledged, and was not sent again so far."""
    info = _info(sock)
    return info is not None and _word(info, _UNACKED_OFFSET) > 0 and not _is_sent_again(info)


def awaits_last_word(sock: socket.socket) -> bool | None:
    """Whether our closing is not acknowledged yet; None where the platform does not tell."""
    info = _info(sock)
    return None if info is None else info[_STATE_OFFSET] == _FIN_WAIT1


def _is_sent_again(info: bytes) -> bool:
    """The first copy is a tail loss probe (RFC 8985 section 7): the timer of the next starts only then."""
    return bool(info[_RETRANSMITS_OFFSET] or _word(info, _RETRANS_OFFSET))


def out_of_order(sock: socket.socket) -> int | None:
    """How many of the peer's segments came behind one that is missing; None where it is not told."""
    info = _info(sock, _OUT_OF_ORDER_OFFSET + _WORD.size)
    return None if info is None else _word(info, _OUT_OF_ORDER_OFFSET)


def _word(info: bytes, offset: int) -> int:
    number: int = _WORD.unpack_from(info, offset)[0]
    return number


def _info(sock: socket.socket, size: int = _RTT_OFFSET + _WORD.size) -> bytes | None:
    """The first `size` bytes of struct tcp_info; None where the platform has fewer."""
    if sys.platform != "linux":
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, size)
    except OSError:
        return None
    return info if len(info) == size else None
