"""Answers of UDP services that say no: read from their first bytes."""

from portview.probe.records import Attempt

_DNS, _NTP = 53, 123
_DNS_HEADER, _NTP_PACKET = 12, 48  # bytes
_ANSWER = 0x80  # QR, RFC 1035 section 4.1.1
_UNSYNCHRONISED = 3  # leap indicator, RFC 5905 section 7.3
_RCODES = {2: "SERVFAIL", 5: "REFUSED"}


def dns_refusal(attempt: Attempt) -> str | None:
    """The code of a name server's answer that gives none: SERVFAIL or REFUSED (RFC 1035)."""
    data = attempt.first_bytes or b""
    if attempt.port != _DNS or len(data) < _DNS_HEADER or not data[2] & _ANSWER:
        return None
    return _RCODES.get(data[3] & 0x0F)


def ntp_kiss(attempt: Attempt) -> str | None:
    """The code by which a time server sends callers away: RATE, DENY, RSTR (RFC 5905, section 7.4)."""
    data = attempt.first_bytes or b""
    if attempt.port != _NTP or len(data) < _NTP_PACKET or data[1] != 0:
        return None
    kiss = data[12:16]
    return kiss.decode() if kiss.isalpha() and kiss.isupper() else None


def ntp_is_lost(attempt: Attempt) -> bool:
    """Whether a time server says that its own clock is not synchronised."""
    data = attempt.first_bytes or b""
    return attempt.port == _NTP and len(data) >= _NTP_PACKET and data[0] >> 6 == _UNSYNCHRONISED
