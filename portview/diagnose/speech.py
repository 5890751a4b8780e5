"""Which protocol the first bytes of a server are, and which protocols greet first.

Signatures are from the protocols' own specifications (RFC 4253, 5321, 959, 1939, 9051, 6143, 8446,
9112, MySQL's and rsync's handshakes).
"""

import re
from collections.abc import Sequence

_SIGNATURES: Sequence[tuple[re.Pattern[bytes], frozenset[str]]] = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), frozenset(names))
    for pattern, names in (
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
        (rb"-(DENIED|ERR) ", {"Redis"}),
        (rb"@RSYNCD:", {"rsync"}),
        (rb"[\x14-\x17]\x03[\x00-\x04]", {"TLS"}),
        (rb"\xff[\xfb-\xfe]", {"Telnet"}),
    )
)

# What the usual services say, by their names in services.tsv.
_USUAL = {
    "SSH": ("ssh", "ssh-alt"),
    "VNC": ("vnc", "vnc-1"),
    "SMTP": ("smtp", "submission", "smtp-alt"),
    "FTP": ("ftp", "ccproxy-ftp"),
    "POP3": ("pop3",),
    "IMAP": ("imap",),
    "MySQL": ("mysql",),
    "rsync": ("rsync",),
    "Telnet": ("telnet",),
    "HTTP": ("http", "http-alt", "http-3000", "http-8000", "http-8081", "http-8888", "squid-http"),
    "TLS": (
        "https",
        "imaps",
        "pop3s",
        "submissions",
        "ldaps",
        "ftps",
        "https-4443",
        "https-8443",
        "https-9443",
    ),
    "Redis": ("redis",),
}
_SPEECH_OF = {service: speech for speech, names in _USUAL.items() for service in names}
_GREETS_FIRST = frozenset({"SSH", "VNC", "SMTP", "FTP", "POP3", "IMAP", "MySQL", "rsync"})
_OTHER_CLIENT_FIRST = frozenset(
    {
        "smb",
        "netbios-ssn",
        "rdp",
        "postgresql",
        "ldap",
        "domain",
        "mqtt",
        "secure-mqtt",
        "rtsp",
    }
)


def protocols_of(data: bytes) -> frozenset[str]:
    """The protocols that begin with these bytes; several when they agree, none when unknown."""
    for pattern, names in _SIGNATURES:
        if pattern.match(data):
            return names
    return frozenset()


def usual_protocol(service: str | None) -> str | None:
    """What a service of this name speaks, None when we do not know."""
    return _SPEECH_OF.get(service) if service else None


def greets_first(service: str | None) -> bool:
    """Whether a server of this name speaks before its client does."""
    return usual_protocol(service) in _GREETS_FIRST


def waits_for_client(service: str | None) -> bool:
    """Whether a server of this name is known to be silent until its client speaks."""
    speech = usual_protocol(service)
    return service in _OTHER_CLIENT_FIRST or speech in ("HTTP", "TLS", "Redis")
