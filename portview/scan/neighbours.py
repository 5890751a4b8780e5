"""For which addresses of its own networks the kernel searches without an answer (rtnetlink(7)).

The ICMP errors that say so are rate limited, a thousand a second for all addresses together: of a
network full of machines that are off, most would only seem silent. The table itself has them all,
and any user may read it.
"""

import socket
import struct
import sys
from collections.abc import Iterator

# Address and interface; 0 unless the address is link-local and means nothing without one.
Neighbour = tuple[str, int]

# linux/netlink.h, linux/rtnetlink.h, linux/neighbour.h
_NETLINK_ROUTE = 0
_NEW_NEIGHBOUR, _GET_NEIGHBOUR = 28, 30
_REQUEST, _DUMP = 0x1, 0x300
_DONE, _ERROR = 3, 2
_DESTINATION = 1
_INCOMPLETE, _FAILED = 0x01, 0x20
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_NEIGHBOUR = struct.Struct("=BBHiHBB")  # family, two pads, interface, state, flags, type
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_MAX_BYTES = 1 << 16
_WAIT_S = 0.2


def unanswered() -> frozenset[Neighbour]:
    """Addresses that are searched for, or were in vain; empty where the kernel cannot be asked."""
    if sys.platform != "linux":
        return frozenset()
    lost: set[Neighbour] = set()
    known: set[Neighbour] = set()
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_ROUTE) as sock:
            sock.settimeout(_WAIT_S)
            body = _NEIGHBOUR.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0)
            size = _HEADER.size + len(body)
            sock.send(_HEADER.pack(size, _GET_NEIGHBOUR, _REQUEST | _DUMP, 1, 0) + body)
            for neighbour, state in _dump(sock):
                (lost if state & (_INCOMPLETE | _FAILED) else known).add(neighbour)
    except OSError:
        return frozenset()
    return frozenset(lost - known)


def _dump(sock: socket.socket) -> Iterator[tuple[Neighbour, int]]:
    while data := sock.recv(_MAX_BYTES):
        while len(data) >= _HEADER.size:
            length, kind, *_ = _HEADER.unpack_from(data)
            if kind in (_DONE, _ERROR) or length < _HEADER.size:
                return
            if kind == _NEW_NEIGHBOUR and (found := decode(data[_HEADER.size : length])):
                yield found
            data = data[_aligned(length) :]


def decode(message: bytes) -> tuple[Neighbour, int] | None:
    """A neighbour and its state from the body of one message; None when it names no address."""
    if len(message) < _NEIGHBOUR.size:
        return None
    family, _, _, interface, state, _, _ = _NEIGHBOUR.unpack_from(message)
    rest = message[_NEIGHBOUR.size :]
    while len(rest) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(rest)
        if length < _ATTRIBUTE.size:
            return None
        packed = rest[_ATTRIBUTE.size : length]
        if kind == _DESTINATION and len(packed) == {socket.AF_INET: 4, socket.AF_INET6: 16}.get(family):
            address = socket.inet_ntop(family, packed)
            return (address, interface if address.startswith("fe80:") else 0), state
        rest = rest[_aligned(length) :]
    return None


def _aligned(length: int) -> int:
    return (length + 3) & ~3
