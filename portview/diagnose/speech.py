"""Which protocol the first bytes of a server are.

Signatures are from the protocols' own specifications (RFC 4253, 5321, 959, 1939, 9051, 6143, 8446,
9112, MySQL's and rsync's handshakes, MS-RDPBCGR, MS-SMB2).
"""

import re
from collections.abc import Sequence

# Regular expressions, compiled when there are words to be read.
_SIGNATURES: Sequence[tuple[bytes, set[str]]] = (
    (rb"SSH-\d", {"SSH"}),
    (rb"RFB \d{3}\.\d{3}", {"VNC"}),
    (rb"HTTP/\d", {"HTTP"}),
    (rb"(220|554|421)[ -][^\n]*SMTP", {"SMTP"}),
    (rb"(220|421)[ -][^\n]*FTP", {"FTP"}),
    (rb"(220|421)[ -]", {"SMTP", "FTP"}),
    (rb"554[ -]", {"SMTP"}),
    (rb"\+OK", {"POP3"}),
    (rb"\* (OK|BYE|PREAUTH)", {"IMAP"}),
    (rb"...\x00\x0a\d+\.\d+", {"MySQL"}),
    (rb"...\x00\xff..", {"MySQL"}),
    (rb"-(DENIED|ERR|NOAUTH|LOADING|MISCONF) |\+PONG", {"Redis"}),
    (rb"@RSYNCD:", {"rsync"}),
    (rb"\x03\x00...[\xd0-\xdf]", {"RDP"}),
    (rb"....[\xfe\xff]SMB", {"SMB"}),
    (rb"[\x14-\x17]\x03[\x00-\x04]", {"TLS"}),
    (rb"\xff[\xfb-\xfe]", {"Telnet"}),
)


def protocols_of(data: bytes) -> frozenset[str]:
    """The protocols that begin with these bytes; several when they agree, none when unknown."""
    for pattern, names in _SIGNATURES if data else ():
        if re.match(pattern, data, re.DOTALL | re.IGNORECASE):
            return frozenset(names)
    return frozenset()
