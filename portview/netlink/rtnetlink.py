"""Questions to the kernel's own tables of routes, links, addresses and neighbours (rtnetlink(7)).

Any user may ask. Each question is a socket of its own; nothing is sent on any network. Where the kernel
cannot be asked or refuses, it has told nothing: no function here raises.
"""

import socket
import struct
from collections.abc import Iterator, Mapping
from enum import IntEnum, IntFlag
from typing import NamedTuple

from portview.netlink.messages import (
    DATAGRAM_BYTES,
    Datagram,
    attributes,
    open_socket,
    read_datagram,
    request,
)

_NETLINK_ROUTE = 0  # linux/netlink.h
_NUMBER = 1  # a socket asks one question only
_TRIES = 4

# linux/neighbour.h
_NEIGHBOUR = struct.Struct("=BBHiHBB")  # family, two pads, interface, state, flags, type
_DESTINATION = 1

# linux/if_addr.h
_ADDRESS = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, interface
_IFA_ADDRESS, _IFA_LOCAL = 1, 2

_SIZES: Mapping[int, int] = {socket.AF_INET: 4, socket.AF_INET6: 16}

# Address and interface; 0 unless the address is link-local and means nothing without one.
Neighbour = tuple[str, int]


class Get(IntEnum):
    """What can be asked for (RTM_GET*, linux/rtnetlink.h)."""

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


class OwnAddress(NamedTuple):
    """One address of this machine, the length of its network part, and its interface's index."""

    address: str
    prefix: int
    interface: int


def ask(what: Get, body: bytes, *, dump: bool = False) -> Iterator[bytes]:
    """The bodies of the kernel's answers: one, or with `dump` one for each entry of its table.

    A table that changed while it was dumped is asked for again.
    """
    answers: list[Datagram] = []
    try:
        with open_socket(_NETLINK_ROUTE) as sock:
            for _ in range(_TRIES):
                sock.send(request(what, body, _NUMBER, dump=dump))
                answers = [read_datagram(sock.recv(DATAGRAM_BYTES), _NUMBER)]
                while dump and not answers[-1].done:
                    answers.append(read_datagram(sock.recv(DATAGRAM_BYTES), _NUMBER))
                if not any(answer.interrupted for answer in answers):
                    break
    except OSError:
        return
    for answer in answers:
        yield from answer.payloads


def address_text(family: int, packed: bytes | None) -> str | None:
    """An address as text; None for what is none."""
    if packed is None or len(packed) != _SIZES.get(family):
        return None
    return socket.inet_ntop(family, packed)


def own_addresses(family: int = socket.AF_UNSPEC) -> Iterator[OwnAddress]:
    """Every address of this machine, or of one family (AF_INET, AF_INET6)."""
    for message in ask(Get.ADDRESS, _ADDRESS.pack(family, 0, 0, 0, 0), dump=True):
        if found := decode_address(message):
            yield found


def decode_address(message: bytes) -> OwnAddress | None:
    """An address from the body of one message; None when it names none."""
    if len(message) < _ADDRESS.size:
        return None
    family, prefix, _, _, interface = _ADDRESS.unpack_from(message)
    found = attributes(message[_ADDRESS.size :])
    # Where a link has two ends, IFA_ADDRESS is the other one's.
    address = address_text(family, found.get(_IFA_LOCAL, found.get(_IFA_ADDRESS)))
    return None if address is None else OwnAddress(address, prefix, interface)


def neighbours() -> Iterator[tuple[Neighbour, State]]:
    """Every neighbour that the kernel knows or searches for."""
    body = _NEIGHBOUR.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0)
    for message in ask(Get.NEIGHBOUR, body, dump=True):
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
