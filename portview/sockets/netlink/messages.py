"""The frame of netlink messages (netlink(7), include/uapi/linux/netlink.h)."""

import errno
import os
import struct
from dataclasses import dataclass

HEADER = struct.Struct("=IHHII")
"""Length with the header itself, type, flags, sequence number, port id."""

_REQUEST = 0x001
_DUMP = 0x300
_INTERRUPTED = 0x010
_ERROR = 2
_DONE = 3
_FIRST_OF_A_FAMILY = 0x10  # NLMSG_MIN_TYPE: what is below is netlink's own
_CODE = struct.Struct("=i")
_LAST_ERRNO = 4095  # MAX_ERRNO of include/linux/err.h


@dataclass(frozen=True, slots=True)
class Datagram:
    """Where the payloads lie in a datagram: (start, end) of each; `done` says that the dump ends here.

    `interrupted` says that the tables changed so much meanwhile that the dump may have holes.
    """

    payloads: tuple[tuple[int, int], ...]
    done: bool
    interrupted: bool


def dump_request(kind: int, payload: bytes, number: int) -> bytes:
    """Ask for everything of a kind; `number` comes back with every message of the answer."""
    return HEADER.pack(HEADER.size + len(payload), kind, _REQUEST | _DUMP, number, 0) + payload


def read_datagram(data: bytes, number: int) -> Datagram:
    """Take an answer apart; messages of another request are passed over.

    Raises OSError with the kernel's errno where it refuses, with EBADMSG where the frame is broken.
    """
    payloads: list[tuple[int, int]] = []
    start, done, interrupted = 0, False, False
    unpack = HEADER.unpack_from
    while start < len(data):
        if start + HEADER.size > len(data):
            raise _error(errno.EBADMSG)
        length, kind, flags, sequence, _ = unpack(data, start)
        end = start + length
        if length < HEADER.size or end > len(data):
            raise _error(errno.EBADMSG)
        if sequence == number:
            interrupted = interrupted or bool(flags & _INTERRUPTED)
            if kind >= _FIRST_OF_A_FAMILY:
                payloads.append((start + HEADER.size, end))
            elif kind in (_ERROR, _DONE):
                done = True
                _raise_code(data, start + HEADER.size, end)
        start += (length + 3) & ~3
    return Datagram(tuple(payloads), done, interrupted)


def _raise_code(data: bytes, start: int, end: int) -> None:
    """Both NLMSG_ERROR and NLMSG_DONE begin with a negative errno or 0."""
    if start + _CODE.size > end:
        raise _error(errno.EBADMSG)
    (code,) = _CODE.unpack_from(data, start)
    if code < 0:
        raise _error(-code if -code <= _LAST_ERRNO else errno.EBADMSG)


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
