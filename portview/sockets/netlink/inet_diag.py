"""Sockets of the internet families in sock_diag's form (include/uapi/linux/inet_diag.h)."""

import socket
import struct
import sys
from functools import lru_cache
from socket import ntohs

from portview.netlink.messages import attributes
from portview.sockets.entry import ALONE, BOUND, CLOSE, LISTEN, TCP_STATES, UDP_STATES, Entry
from portview.sockets.records import Queue
from portview.text import clean
from portview.vocabulary import Family, Protocol

SOCK_DIAG_BY_FAMILY = 20

# inet_diag_req_v2: family, protocol, extensions, states; a socket id that a dump does not look at.
_REQUEST = struct.Struct("=BBBxI48x")
# inet_diag_msg: family, state; timer, retrans; ports and addresses in network order, interface, cookie;
# expires; rqueue, wqueue, uid, inode.
_MESSAGE = struct.Struct("=BB2xHH32sI8x4xIIII")
_FAMILIES: dict[int, Family] = {socket.AF_INET: Family.IPV4, socket.AF_INET6: Family.IPV6}
_SIZE, _UNPACK = _MESSAGE.size, _MESSAGE.unpack_from
_V6ONLY = 11
_CGROUP_ID = 21

_NUMBERS = {Protocol.TCP: socket.IPPROTO_TCP, Protocol.UDP: socket.IPPROTO_UDP}
# A TCP socket in CLOSE is in no table of the kernel but that of the bound ones.
_STATES = {Protocol.TCP: {**TCP_STATES, CLOSE: BOUND}, Protocol.UDP: UDP_STATES}


def body(protocol: Protocol, family: int, states: int) -> bytes:
    """A question for the sockets in these states, one bit each; the kernel leaves the others out."""
    return _REQUEST.pack(family, _NUMBERS[protocol], 0, states)


def stable_part(message: bytes) -> bytes:
    """All of a message but timers, and queues where no one waits to be accepted: a key for its socket.

    It holds the socket's cookie, which no other has.
    """
    head = message[:2] + message[4:52]
    return head + message[56 if head[1:2] == b"\x0a" else 64 :]


def parse(message: bytes, protocol: Protocol) -> Entry | None:
    """One socket; None for a message that is too short, or of a family or in a state that is not known."""
    if len(message) < _SIZE:
        return None
    number, state, port, remote_port, ends, index, waiting, limit, uid, inode = _UNPACK(message)
    common = _common(protocol, number, state, ends, message[_SIZE:])
    if common is None:
        return None
    family, address, remote_address, name, v6only, cgroup_id = common
    is_alone = state in ALONE
    return Entry(
        protocol,
        family,
        address,
        ntohs(port),
        None if is_alone else remote_address,
        None if is_alone else ntohs(remote_port),
        name,
        uid if inode else None,
        inode or None,
        Queue(waiting, limit) if state == LISTEN else None,
        _interface(index) if index else None,
        v6only,
        cgroup_id,
    )


@lru_cache(maxsize=4096)
def _common(
    protocol: Protocol, number: int, state: int, ends: bytes, extras: bytes
) -> tuple[Family, str, str, str, bool | None, int | None] | None:
    """What many sockets have in common: family, addresses, state, `v6only` and the id of the cgroup."""
    family, name = _FAMILIES.get(number), _STATES[protocol].get(state)
    if family is None or name is None:
        return None
    local, remote = _text(number, ends[:16]), _text(number, ends[16:])
    found = attributes(extras)
    v6only, cgroup_id = found.get(_V6ONLY), found.get(_CGROUP_ID, b"")
    return (
        family,
        local,
        remote,
        name,
        v6only[0] != 0 if v6only else None,
        int.from_bytes(cgroup_id, sys.byteorder) if len(cgroup_id) == 8 else None,
    )


def _text(number: int, packed: bytes) -> str:
    return socket.inet_ntop(number, packed[:4] if number == socket.AF_INET else packed)


def _interface(index: int) -> str | None:
    try:
        return clean(socket.if_indextoname(index))
    except (OSError, OverflowError):  # it has vanished
        return None
