"""What a client of a UDP service would say first: many services answer nothing else.

Each is a harmless, well-formed question of its protocol: it changes nothing, names no password or
community, and asks for little. Ports without one get an empty datagram, which is enough for the
kernel of a closed port to answer with ICMP.
"""

import struct

_DNS_HEADER = b"\x70\x76" + struct.pack(">5H", 0x0100, 1, 0, 0, 0)  # recursion desired, one question
_DNS = _DNS_HEADER + b"\x00" + struct.pack(">HH", 2, 1)  # RFC 1035: the root's name servers

# RFC 6762: which services are there (PTR), with the QU bit of section 5.4: answer to me alone.
_MDNS = (
    struct.pack(">6H", 0, 0, 1, 0, 0, 0)
    + b"".join(bytes([len(part)]) + part for part in (b"_services", b"_dns-sd", b"_udp", b"local", b""))
    + struct.pack(">HH", 12, 0x8001)
)

# RFC 1002 section 4.2.17: the node status of "*", which is padded with zeros and written as letters.
_NETBIOS = (
    _DNS_HEADER[:2]
    + struct.pack(">5H", 0, 1, 0, 0, 0)
    + b"\x20CK"
    + b"A" * 30
    + b"\x00"
    + struct.pack(">HH", 0x21, 1)
)

_NTP = b"\x23" + b"\x00" * 47  # RFC 5905: version 4, mode 3 (client)

_SNMP = bytes.fromhex(  # RFC 3414 section 4: discovery of the engine, version 3 without user or key
    "303a 020103"  # a message of version 3
    " 300f 02024a69 020300ffe3 040104 020103"  # its id, largest size, reportable, security model
    " 0410 300e 0400 020100 020100 0400 0400 0400"  # nobody asks an engine not yet known
    " 3012 0400 0400 a00c 020237f0 020100 020100 3000"  # get-request of nothing
)

_STUN = b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"portviewport"  # RFC 8489: binding request

_TFTP = b"\x00\x01portview-no-such-file\x00octet\x00"  # RFC 1350: read a file that does not exist

_RPC = struct.pack(">10I", 0x7076, 0, 2, 100000, 2, 0, 0, 0, 0, 0)  # RFC 5531, RFC 1833: null call

_SSDP = (  # UPnP Device Architecture 2.0, section 1.3.2
    b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
    b'MAN: "ssdp:discover"\r\nMX: 1\r\nST: upnp:rootdevice\r\n\r\n'
)

_SIP = (  # RFC 3261 section 11, with the rport of RFC 3581: answer to where this came from
    b"OPTIONS sip:portview@portview.invalid SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP portview.invalid;branch=z9hG4bKportview;rport\r\n"
    b"Max-Forwards: 70\r\n"
    b"From: <sip:portview@portview.invalid>;tag=portview\r\n"
    b"To: <sip:portview@portview.invalid>\r\n"
    b"Call-ID: portview@portview.invalid\r\n"
    b"CSeq: 1 OPTIONS\r\n"
    b"Content-Length: 0\r\n\r\n"
)

# RFC 9000 sections 6 and 14.1: a long header of a version that is reserved for forcing negotiation
# (0x?a?a?a?a), both connection ids, and padding up to the least a server answers.
_QUIC = (b"\xc0\x1a\x2a\x3a\x4a" + b"\x08portview" * 2).ljust(1200, b"\x00")

_NAT_PMP = b"\x00\x00"  # RFC 6886: what is the external address?

_COAP = b"\x40\x00\x70\x76"  # RFC 7252 section 4.3: an empty confirmable message, answered by a reset

_MEMCACHED = struct.pack(">4H", 0x7076, 0, 1, 0) + b"version\r\n"  # memcached's protocol.txt, UDP

_SOURCE = b"\xff\xff\xff\xffTSource Engine Query\x00"  # Valve's server queries: A2S_INFO

# RakNet's unconnected ping: a time, its magic number, the client's id.
_BEDROCK = b"\x01" + b"\x00" * 8 + bytes.fromhex("00ffff00fefefefefdfdfdfd12345678") + b"portview"

_BY_PORT = {
    53: _DNS,
    69: _TFTP,
    111: _RPC,
    123: _NTP,
    137: _NETBIOS,
    161: _SNMP,
    443: _QUIC,
    853: _QUIC,
    1900: _SSDP,
    3478: _STUN,
    5060: _SIP,
    5349: _STUN,
    5351: _NAT_PMP,
    5353: _MDNS,
    5683: _COAP,
    11211: _MEMCACHED,
    19132: _BEDROCK,
    27015: _SOURCE,
}


def payload_for(port: int) -> bytes:
    """The datagram to knock with at a UDP port; may be empty."""
    return _BY_PORT.get(port, b"")


def has_question(port: int) -> bool:
    """Whether a knock at this port is a question that its usual service answers."""
    return port in _BY_PORT
