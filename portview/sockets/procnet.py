"""The kernel's socket tables /proc/net/{tcp,tcp6,udp,udp6}, parsed (proc_net_tcp in the kernel's docs).

Every user may read them. One line is one socket:

    sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ref ...

Addresses are 32-bit words in hexadecimal, each word in the byte order of the machine.
"""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from portview.vocabulary import Family, Protocol

# include/net/tcp_states.h; 0C (NEW_SYN_RECV) is printed as 03.
_TCP_STATES = {
    "01": "ESTABLISHED",
    "02": "SYN_SENT",
    "03": "SYN_RECV",
    "04": "FIN_WAIT1",
    "05": "FIN_WAIT2",
    "06": "TIME_WAIT",
    "07": "CLOSE",
    "08": "CLOSE_WAIT",
    "09": "LAST_ACK",
    "0A": "LISTEN",
    "0B": "CLOSING",
}
_UDP_STATES = {"01": "ESTABLISHED", "07": "UNCONN"}
_STATES = {Protocol.TCP: _TCP_STATES, Protocol.UDP: _UDP_STATES}
_LENGTHS = {Family.IPV4: 4, Family.IPV6: 16}
_ADDRESS_FAMILIES = {Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}
_FIELDS = 11  # up to the one behind the inode: a line cut inside its inode must not pass


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a table. A port of 0 on the remote end becomes None, and so does its address.

    `inode` is None for a socket that no process can hold any more (TIME_WAIT, orphans); the kernel
    then has no `uid` either. `waiting` is the length of the accept queue of a TCP listener, else None.
    """

    protocol: Protocol
    family: Family
    address: str
    port: int
    remote_address: str | None
    remote_port: int | None
    state: str
    uid: int | None
    inode: int | None
    waiting: int | None


def parse_table(
    table: str, protocol: Protocol, family: Family, *, listeners_only: bool = False
) -> Iterator[Entry]:
    """Yield the sockets of one table; a torn or malformed line is skipped."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) < _FIELDS or (listeners_only and not _is_listener(fields, protocol)):
            continue
        try:
            yield _entry(fields, protocol, family)
        except (ValueError, KeyError):
            continue


def _is_listener(fields: list[str], protocol: Protocol) -> bool:
    return fields[3] == "0A" if protocol is Protocol.TCP else fields[2].endswith(":0000")


def _entry(fields: list[str], protocol: Protocol, family: Family) -> Entry:
    address, port = _endpoint(fields[1], family)
    remote_address, remote_port = _endpoint(fields[2], family)
    state = _STATES[protocol][fields[3]]
    inode = int(fields[9])
    return Entry(
        protocol=protocol,
        family=family,
        address=address,
        port=port,
        remote_address=remote_address if remote_port else None,
        remote_port=remote_port or None,
        state=state,
        uid=int(fields[7]) if inode else None,
        inode=inode or None,
        waiting=int(fields[4].partition(":")[2], 16) if state == "LISTEN" else None,
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
