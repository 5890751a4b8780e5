"""What a TLS server sends in the clear: whether it is TLS at all, and alerts (RFC 8446)."""

from dataclasses import dataclass

_HEADER = 5  # type, version (2), length (2)
_ALERT, _HANDSHAKE = 21, 22
_TYPES = range(20, 25)  # change_cipher_spec, alert, handshake, application_data, heartbeat
_FATAL = 2


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that was sent in the clear; `code` is a number of the TLS alert registry."""

    code: int
    fatal: bool


def is_tls(data: bytes) -> bool:
    """Whether bytes can be the beginning of a TLS record; too few of them may be anything."""
    return data[:1] != b"" and data[0] in _TYPES and (len(data) < 2 or data[1] == 3)


def is_handshake(data: bytes) -> bool:
    """Whether a TLS server begins with its own hello, so that it took the client's."""
    return is_tls(data) and data[0] == _HANDSHAKE


def read_alert(data: bytes) -> Alert | None:
    """The first alert among complete records; None when there is none, or none in the clear."""
    position = 0
    while is_tls(data[position:]) and len(data) >= position + _HEADER:
        length = int.from_bytes(data[position + 3 : position + _HEADER], "big")
        body = data[position + _HEADER : position + _HEADER + length]
        # An encrypted alert is longer than its two bytes.
        if data[position] == _ALERT and length == 2 and len(body) == 2:
            return Alert(body[1], body[0] == _FATAL)
        position += _HEADER + length
    return None
