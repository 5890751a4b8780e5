"""What a client of a UDP service would say first: many services answer nothing else.

Each is a harmless question of its protocol. Ports without one get an empty datagram, which is
enough for the kernel of a closed port to answer with ICMP.
"""

_DNS = (  # RFC 1035: recursion desired, one question, the root's name servers
    b"\x70\x76\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + b"\x00" + b"\x00\x02\x00\x01"
)
_NTP = b"\x23" + b"\x00" * 47  # RFC 5905: version 4, mode 3 (client)
_STUN = (  # RFC 8489: binding request, magic cookie, transaction id
    b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"portviewport"
)
_BY_PORT = {53: _DNS, 123: _NTP, 3478: _STUN, 5349: _STUN}


def payload_for(port: int) -> bytes:
    """The datagram to knock with at a UDP port; may be empty."""
    return _BY_PORT.get(port, b"")
