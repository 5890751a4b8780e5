"""What the usual services speak, and who speaks first: the column `speaks` of services.tsv."""

from portview.knowledge.services import service_name, speaks
from portview.vocabulary import Protocol

_GREETS_FIRST = frozenset({"SSH", "VNC", "SMTP", "FTP", "POP3", "IMAP", "MySQL", "rsync"})
_WAITS = frozenset({"HTTP", "HTTPS", "TLS", "Redis", "PostgreSQL", "RDP", "SMB", "waits"})
# The protocol on the wire: what is inside TLS is another question.
_ON_THE_WIRE = {"HTTPS": "TLS", "waits": None}


def usual_speech(service: str | None) -> str | None:
    """The protocol that a service of this name speaks, None when we do not know."""
    speech = speaks(service) if service else None
    return _ON_THE_WIRE.get(speech, speech) if speech else None


def is_ssh(port: int, protocol: Protocol) -> bool:
    """Whether an SSH server usually listens there: it counts callers that leave without a login."""
    return protocol is Protocol.TCP and usual_speech(service_name(port, protocol)) == "SSH"


def greets_first(service: str | None) -> bool:
    """Whether a server of this name speaks before its client does."""
    return usual_speech(service) in _GREETS_FIRST


def waits_for_client(service: str | None) -> bool:
    """Whether a server of this name is known to be silent until its client speaks."""
    return service is not None and speaks(service) in _WAITS


def is_web(service: str | None) -> bool:
    """Whether TLS at a service of this name usually carries HTTP; an unknown one may."""
    return service is None or speaks(service) != "TLS"
