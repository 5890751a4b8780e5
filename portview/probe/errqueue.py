"""The socket error queue: which ICMP error ended a knock, and who sent it (Linux, ip(7), ipv6(7)).

With IP_RECVERR the kernel keeps each ICMP error as a `struct sock_extended_err` followed by the
sender's socket address, readable by any user. It works for UDP and for TCP sockets that are still
connecting (Linux 5.8 and newer). RST leaves the queue empty: that is what tells it from a REJECT.
"""

import socket
import struct
import sys
from typing import Any, NamedTuple

# linux/in.h, linux/in6.h, linux/errqueue.h; the socket module of Python 3.11 names none of them.
IP_RECVERR = 11
IPV6_RECVERR = 25
MSG_ERRQUEUE = 0x2000
# A plain number: combining the enums anew would cost more than the system call itself.
_FLAGS = MSG_ERRQUEUE | int(getattr(socket, "MSG_DONTWAIT", 0))
_ORIGIN_ICMP = 2
_ORIGIN_ICMP6 = 3

# struct sock_extended_err: errno, origin, type, code, pad, info, data; the sender follows.
_EXTENDED_ERR = struct.Struct("=IBBBBII")
_CONTROL_SPACE = 512

SUPPORTED = sys.platform == "linux"


class QueuedError(NamedTuple):
    """One entry of the queue. `sender` is None when the kernel named none.

    `port` is the port of the packet that caused the error (what was knocked at), None if unknown.
    """

    errno: int
    is_icmp: bool
    type: int
    code: int
    sender: str | None
    port: int | None = None


def enable(sock: socket.socket) -> None:
    """Ask the kernel to queue ICMP errors for this socket; call it before connecting."""
    if not SUPPORTED:
        return
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)


def read(sock: socket.socket) -> QueuedError | None:
    """Take the next error from the queue; None when it is empty or the platform has none.

    An entry left in the queue would be returned by the next send or receive: drain it.
    """
    received = receive(sock)
    if received is None:
        return None
    control, name = received
    port = name[1] if isinstance(name, tuple) and len(name) > 1 else None
    for level, kind, data in control:
        if (level, kind) in ((socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)):
            return decode(data, port)
    return None


def receive(sock: socket.socket) -> tuple[list[tuple[int, int, bytes]], Any] | None:
    """Take the ancillary data of the next entry, and the address that its packet went to; see `read`."""
    if sys.platform != "linux":
        return None
    try:
        _, control, _, name = sock.recvmsg(0, _CONTROL_SPACE, _FLAGS)
    except OSError:
        return None
    return control, name


def decode(data: bytes, port: int | None = None) -> QueuedError | None:
    """Decode the ancillary data of one entry; None when it is too short to be one."""
    if len(data) < _EXTENDED_ERR.size:
        return None
    errno, origin, kind, code, _, _, _ = _EXTENDED_ERR.unpack_from(data)
    is_icmp = origin in (_ORIGIN_ICMP, _ORIGIN_ICMP6)
    return QueuedError(errno, is_icmp, kind, code, _sender(data[_EXTENDED_ERR.size :]), port)


def _sender(name: bytes) -> str | None:
    """The address in a `sockaddr_in` or `sockaddr_in6`; AF_UNSPEC means that nobody is named."""
    if len(name) < 2:
        return None
    (family,) = struct.unpack_from("=H", name)
    if family == socket.AF_INET and len(name) >= 8:
        return socket.inet_ntop(socket.AF_INET, name[4:8])
    if family == socket.AF_INET6 and len(name) >= 24:
        address = name[8:24]
        if address.startswith(b"\0" * 10 + b"\xff\xff"):
            return socket.inet_ntop(socket.AF_INET, address[12:])
        return socket.inet_ntop(socket.AF_INET6, address)
    return None
