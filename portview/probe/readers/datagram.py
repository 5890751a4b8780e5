"""What a UDP service says in its first datagram, in one line of its protocol's own words.

It is the answer to the question of payloads.py, and foreign text: clean it before it is shown.
"""

import re
import struct

_RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}  # RFC 1035
_RESPONSE = _RECURSION_AVAILABLE = 0x80  # QR and RA, in their bytes of the flags
_NTP_BYTES = 48
_MOST_NAMES = 4
# RFC 1002 section 4.2.18: header, name, type, class, time to live and length come before the names.
_NETBIOS_NAMES = 56
_NETBIOS_GROUP = 0x8000
_PROGRAM = re.compile(rb"\r\n(?:Server|User-Agent): *([^\r\n]+)", re.IGNORECASE)
# A run of printable ASCII that is no accident.
_TEXT = re.compile(rb"[ -~]{4,}")


def read_datagram(port: int, data: bytes) -> str:
    """The line; where its protocol is not known, the text in it, or how long it is."""
    reader = _READERS.get(port)
    line = reader(data) if reader else None
    if line is None:
        line = " ".join(part.decode("ascii").strip() for part in _TEXT.findall(data))
    return line or f"{len(data)} bytes"


def _dns(data: bytes) -> str | None:
    if len(data) < 12:
        return None
    _, kind, flags, _, answers = struct.unpack_from(">HBBHH", data)
    if not kind & _RESPONSE:
        return None
    code = flags & 0x0F
    parts = [f"DNS {_RCODES.get(code, f'RCODE {code}')}", f"{answers} answer{'' if answers == 1 else 's'}"]
    return ", ".join(parts + (["recursive"] if flags & _RECURSION_AVAILABLE else []))


def _mdns(data: bytes) -> str | None:
    import dns.exception  # few hosts are asked, and none of them but here
    import dns.message

    try:
        answers = dns.message.from_wire(data, ignore_trailing=True).answer
    except dns.exception.DNSException:
        return None
    names = sorted({str(record).rstrip(".") for rrset in answers for record in rrset})
    return f"mDNS {_some(names)}" if names else None


def _ntp(data: bytes) -> str | None:
    if len(data) < _NTP_BYTES:
        return None
    version, stratum, reference = data[0] >> 3 & 7, data[1], data[12:16].rstrip(b"\0")
    if stratum == 0:
        return f"NTP version {version}, says {reference.decode('latin-1') or 'nothing'}"
    # Of a clock of its own, the reference is the name of its kind (RFC 5905, section 7.3).
    source = f" {reference.decode('latin-1')}" if stratum == 1 else ""
    return f"NTP version {version}, stratum {stratum}{source}"


def _netbios(data: bytes) -> str | None:
    if len(data) <= _NETBIOS_NAMES:
        return None
    entries = [data[at : at + 18] for at in range(_NETBIOS_NAMES + 1, _NETBIOS_NAMES + 1 + 18 * data[56], 18)]
    # Suffix 0 is the machine's own name, or that of its group (MS-NBTE, section 2.2.1).
    own = [entry for entry in entries if len(entry) == 18 and entry[15] == 0]
    own.sort(key=lambda entry: int.from_bytes(entry[16:18]) & _NETBIOS_GROUP)
    return f"NetBIOS {_some([entry[:15].decode('latin-1').rstrip() for entry in own])}" if own else None


def _snmp(data: bytes) -> str | None:
    """The engine that answers for version 3 (RFC 3412, 3414): its maker's number and its time."""
    message = _inside(data)
    if len(message) < 3 or message[0] != b"\x03":
        return None
    engine = _inside(message[2])
    if len(engine) < 3 or len(engine[0]) < 4:
        return None
    maker = int.from_bytes(engine[0][:4]) & 0x7FFFFFFF
    return f"SNMP version 3, enterprise {maker}, up {int.from_bytes(engine[2]) // 3600} h"


def _inside(data: bytes) -> list[bytes]:
    """The values in a BER sequence, of which a datagram can hold only short ones."""
    values: list[bytes] = []
    left = _value(data)[0]
    while left:
        value, left = _value(left)
        values.append(value)
    return values


def _value(data: bytes) -> tuple[bytes, bytes]:
    """The value of the first element, and what comes after it."""
    if len(data) < 2:
        return b"", b""
    length, start = data[1], 2
    if length > 0x80:
        start += length - 0x80
        length = int.from_bytes(data[2:start])
    return data[start : start + length], data[start + length :]


def _http_like(data: bytes) -> str | None:
    """SSDP and SIP: a status line, and the program in a header."""
    first = data.split(b"\r\n", 1)[0]
    program = _PROGRAM.search(data)
    return ", ".join(part.decode("latin-1") for part in (first, *(program.groups() if program else ())))


def _some(names: list[str]) -> str:
    more = f" (+{len(names) - _MOST_NAMES})" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


_READERS = {
    53: _dns,
    123: _ntp,
    137: _netbios,
    161: _snmp,
    1900: _http_like,
    5060: _http_like,
    5353: _mdns,
}
