"""Questions to the kernel's own tables of routes, links, addresses and neighbours (rtnetlink(7)).

Any user may ask. Each question is a socket of its own; nothing is sent on any network.
"""

import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from enum import IntEnum, IntFlag

# linux/netlink.h
_NETLINK_ROUTE = 0
_REQUEST, _DUMP = 0x1, 0x300
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_MAX_BYTES = 1 << 16
_WAIT_S = 0.2

# linux/neighbour.h
_NEIGHBOUR = struct.Struct("=BBHiHBB")  # family, two pads, interface, state, flags, type
_DESTINATION = 1
_SIZES: Mapping[int, int] = {socket.AF_INET: 4, socket.AF_INET6: 16}

# Address and interface; 0 unless the address is link-local and means nothing without one.
Neighbour = tuple[str, int]


class Get(IntEnum):
    """What can be asked for; the answer's type is two less (linux/rtnetlink.h)."""

    LINK = 18
    ADDRESS = 22
    ROUTE = 26
    NEIGHBOUR = 30


class State(IntFlag):
    """How a neighbour stands (NUD_*, linux/neighbour.h)."""

    INCOMPLETE = 0x01
    REACHABLE = 0x02
    STALE = 0x04
    DELAY = 0x08
    PROBE = 0x10
    FAILED = 0x20
    NO_ARP = 0x40
    PERMANENT = 0x80


def ask(what: Get, body: bytes, *, every: bool = False) -> Iterator[bytes]:
    """The bodies of the kernel's answers: one, or `every` entry; none where it cannot be asked."""
    if sys.platform != "linux":
        return
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_ROUTE) as sock:
            sock.settimeout(_WAIT_S)
            flags = _REQUEST | (_DUMP if every else 0)
            sock.send(_HEADER.pack(_HEADER.size + len(body), what, flags, 1, 0) + body)
            yield from _answers(sock, what - 2, every)
    except OSError:
        return


def _answers(sock: socket.socket, wanted: int, every: bool) -> Iterator[bytes]:
    while data := sock.recv(_MAX_BYTES):
        while len(data) >= _HEADER.size:
            length, kind, *_ = _HEADER.unpack_from(data)
            if kind in (_DONE, _ERROR) or length < _HEADER.size:
                return
            if kind == wanted:
                yield data[_HEADER.size : length]
                if not every:
                    return
            data = data[_aligned(length) :]


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute of a question."""
    size = _ATTRIBUTE.size + len(value)
    return _ATTRIBUTE.pack(size, kind) + value + b"\0" * (_aligned(size) - size)


def attributes(data: bytes) -> Mapping[int, bytes]:
    """The attributes of an answer by their type; what is cut off is left out."""
    found: dict[int, bytes] = {}
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if length < _ATTRIBUTE.size:
            break
        found[kind] = data[_ATTRIBUTE.size : length]
        data = data[_aligned(length) :]
    return found


def address_text(family: int, packed: bytes | None) -> str | None:
    """An address as text; None for what is none."""
    if packed is None or len(packed) != _SIZES.get(family):
        return None
    return socket.inet_ntop(family, packed)


def neighbours() -> Iterator[tuple[Neighbour, State]]:
    """Every neighbour that the kernel knows or searches for; none where it cannot be asked."""
    body = _NEIGHBOUR.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0)
    for message in ask(Get.NEIGHBOUR, body, every=True):
        if found := decode_neighbour(message):
            yield found


def decode_neighbour(message: bytes) -> tuple[Neighbour, State] | None:
    """A neighbour and its state from the body of one message; None when it names no address."""
    if len(message) < _NEIGHBOUR.size:
        return None
    family, _, _, interface, state, _, _ = _NEIGHBOUR.unpack_from(message)
    address = address_text(family, attributes(message[_NEIGHBOUR.size :]).get(_DESTINATION))
    if address is None:
        return None
    return (address, interface if address.startswith("fe80:") else 0), State(state)


def _aligned(length: int) -> int:
    return (length + 3) & ~3
