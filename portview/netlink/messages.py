"""The frame of netlink messages and their attributes (netlink(7), include/uapi/linux/netlink.h)."""

import errno
import os
import socket
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass

HEADER = struct.Struct("=IHHII")
"""Length with the header itself, type, flags, sequence number, port id."""

DATAGRAM_BYTES = 1 << 16
"""Room for any datagram: the kernel fills 32 KiB at most (netlink_dump in net/netlink/af_netlink.c)."""

_REQUEST = 0x001
_DUMP = 0x300
_INTERRUPTED = 0x010
_ERROR = 2
_DONE = 3
_FIRST_OF_A_FAMILY = 0x10  # NLMSG_MIN_TYPE: what is below is netlink's own
_CODE = struct.Struct("=i")
_LAST_ERRNO = 4095  # MAX_ERRNO of include/linux/err.h
_ATTRIBUTE = struct.Struct("=HH")  # length with these four bytes, type
# A kernel always answers at once; something that only pretends to be one may not.
_PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Datagram:
    """The payloads of its messages; `done` says that the answer ends here.

    `interrupted` says that the tables changed so much meanwhile that the dump may have holes.
    """

    payloads: tuple[bytes, ...]
    done: bool
    interrupted: bool


def open_socket(protocol: int) -> socket.socket:
    """A socket to ask one of the kernel's subsystems at (NETLINK_*), its answers waited for 1 s at most.

    Raises OSError where the kernel has no such subsystem or a sandbox closes it.
    """
    if sys.platform != "linux":
        raise _error(errno.EAFNOSUPPORT)
    asked = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    asked.settimeout(_PATIENCE_S)
    return asked


def request(kind: int, payload: bytes, number: int, *, dump: bool) -> bytes:
    """Ask for one thing or, as a dump, for all; `number` comes back with every message of the answer."""
    flags = _REQUEST | _DUMP if dump else _REQUEST
    return HEADER.pack(HEADER.size + len(payload), kind, flags, number, 0) + payload


def read_datagram(data: bytes, number: int) -> Datagram:
    """Take an answer apart; messages of another request are passed over.

    Raises OSError with the kernel's errno where it refuses, with EBADMSG where the frame is broken.
    """
    if not data:
        raise _error(errno.EBADMSG)
    payloads: list[bytes] = []
    start, done, all_flags = 0, False, 0
    size, unpack, head = len(data), HEADER.unpack_from, HEADER.size  # there are thousands of messages
    while start < size:
        if start + head > size:
            raise _error(errno.EBADMSG)
        length, kind, flags, sequence, _ = unpack(data, start)
        end = start + length
        if length < head or end > size:
            raise _error(errno.EBADMSG)
        if sequence == number:
            all_flags |= flags
            if kind >= _FIRST_OF_A_FAMILY:
                payloads.append(data[start + head : end])
            elif kind in (_ERROR, _DONE):
                done = True
                _raise_code(data[start + head : end])
        start = (end + 3) & ~3
    return Datagram(tuple(payloads), done, bool(all_flags & _INTERRUPTED))


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute of a request, padded."""
    size = _ATTRIBUTE.size + len(value)
    return _ATTRIBUTE.pack(size, kind) + value + b"\0" * (_aligned(size) - size)


def attributes(data: bytes) -> Mapping[int, bytes]:
    """The values of an answer's attributes by their type; a broken attribute ends the list."""
    found: dict[int, bytes] = {}
    start = 0
    while start + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, start)
        end = start + length
        if length < _ATTRIBUTE.size or end > len(data):
            break
        found[kind] = data[start + _ATTRIBUTE.size : end]
        start += _aligned(length)
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def _raise_code(payload: bytes) -> None:
    """Both NLMSG_ERROR and NLMSG_DONE begin with a negative errno or 0."""
    if len(payload) < _CODE.size:
        raise _error(errno.EBADMSG)
    (code,) = _CODE.unpack_from(payload)
    if code < 0:
        raise _error(-code if -code <= _LAST_ERRNO else errno.EBADMSG)


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
