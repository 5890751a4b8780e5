"""The kernel's socket tables /proc/net/{tcp,tcp6,udp,udp6}, parsed (proc_net_tcp in the kernel's docs).

Every user may read them. One line is one socket:

    sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ref ...

Addresses are 32-bit words in hexadecimal, each word in the byte order of the machine.
"""

import socket
import struct
from collections.abc import Iterator

from portview.sockets.entry import ALONE, CLOSE, LISTEN, TCP_STATES, UDP_STATES, Entry
from portview.sockets.records import Queue
from portview.vocabulary import Family, Protocol

_STATES = {Protocol.TCP: TCP_STATES, Protocol.UDP: UDP_STATES}
_LISTENING = {Protocol.TCP: f"{LISTEN:02X}", Protocol.UDP: f"{CLOSE:02X}"}
_LENGTHS = {Family.IPV4: 4, Family.IPV6: 16}
_ADDRESS_FAMILIES = {Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}
_FIELDS = 11  # up to the one behind the inode: a line cut inside its inode must not pass


def parse_table(
    table: str, protocol: Protocol, family: Family, *, listeners_only: bool = False
) -> Iterator[Entry]:
    """Yield the sockets of one table; a torn or malformed line is skipped."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) < _FIELDS or (listeners_only and fields[3] != _LISTENING[protocol]):
            continue
        try:
            yield _entry(fields, protocol, family)
        except (ValueError, KeyError):
            continue


def _entry(fields: list[str], protocol: Protocol, family: Family) -> Entry:
    address, port = _endpoint(fields[1], family)
    remote_address, remote_port = _endpoint(fields[2], family)
    number = int(fields[3], 16)
    state, is_alone = _STATES[protocol][number], number in ALONE
    inode = int(fields[9])
    return Entry(
        protocol=protocol,
        family=family,
        address=address,
        port=port,
        remote_address=None if is_alone else remote_address,
        remote_port=None if is_alone else remote_port,
        state=state,
        uid=int(fields[7]) if inode else None,
        inode=inode or None,
        # The limit of the queue is not in the table.
        queue=Queue(int(fields[4].partition(":")[2], 16), None) if state == "LISTEN" else None,
    )


def _endpoint(text: str, family: Family) -> tuple[str, int]:
    """`0100007F:0016` -> ("127.0.0.1", 22). Raises ValueError for anything else."""
    words, _, port = text.partition(":")
    packed = bytes.fromhex(words)
    if len(packed) != _LENGTHS[family] or len(port) != 4:
        raise ValueError(text)
    count = len(packed) // 4
    in_network_order = struct.pack(f">{count}I", *struct.unpack(f"={count}I", packed))
    return socket.inet_ntop(_ADDRESS_FAMILIES[family], in_network_order), int(port, 16)
