"""The names and dates of an X.509 certificate, read from its DER encoding (RFC 5280, X.690).

Nothing is verified: this is what the certificate says of itself. Only as much of the encoding is
understood as the names and dates need.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from portview.probe.talk_records import Certificate
from portview.text import clean

_SEQUENCE, _SET, _OID, _OCTETS, _BOOLEAN = 0x30, 0x31, 0x06, 0x04, 0x01
_UTC_TIME, _GENERALIZED_TIME, _BMP_STRING = 0x17, 0x18, 0x1E
_VERSION, _EXTENSIONS = 0xA0, 0xA3  # context tags of TBSCertificate
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87  # context tags of GeneralName
_COMMON_NAME = bytes.fromhex("550403")
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
_MOST_ELEMENTS = 1000  # of one sequence
_MOST_NAMES = 50
_MAX_NAME = 253  # characters


class _Malformed(Exception):
    """The bytes are not the encoding they should be."""


@dataclass(frozen=True, slots=True)
class _Element:
    """One tag with its contents; `encoded` is the whole of it."""

    tag: int
    contents: bytes
    encoded: bytes

    def inside(self) -> list["_Element"]:
        """The elements that a constructed one is made of."""
        return list(_elements(self.contents))

    def only(self, tag: int) -> "_Element":
        """This element, which must have the tag."""
        if self.tag != tag:
            raise _Malformed
        return self


def read_certificate(der: bytes) -> Certificate | None:
    """What a certificate says of itself; None when the bytes are no certificate."""
    try:
        (certificate,) = _elements(der)
        return _certificate(certificate)
    except (_Malformed, ValueError, IndexError):
        return None


def _certificate(outer: _Element) -> Certificate:
    fields = outer.only(_SEQUENCE).inside()[0].only(_SEQUENCE).inside()
    if fields[0].tag == _VERSION:
        del fields[0]
    _serial, _algorithm, issuer, validity, subject = fields[:5]
    not_before, not_after = validity.only(_SEQUENCE).inside()[:2]
    extensions = [field for field in fields[5:] if field.tag == _EXTENSIONS]
    names = [*_common_names(subject), *(name for each in extensions for name in _alternative_names(each))]
    return Certificate(
        names=tuple(dict.fromkeys(clean(name, _MAX_NAME) for name in names[:_MOST_NAMES])),
        not_before=_time(not_before),
        not_after=_time(not_after),
        self_signed=issuer.encoded == subject.encoded,
    )


def _elements(data: bytes) -> Iterator[_Element]:
    """The elements that follow each other in `data`."""
    position = 0
    for _ in range(_MOST_ELEMENTS):
        if position == len(data):
            return
        if len(data) < position + 2 or data[position] & 0x1F == 0x1F:
            raise _Malformed  # cut off, or a tag of several bytes, which no certificate has
        start, length = position + 2, data[position + 1]
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[position + 2 : start], "big")
        end = start + length
        if end > len(data):
            raise _Malformed
        yield _Element(data[position], data[start:end], data[position:end])
        position = end


def _common_names(name: _Element) -> Iterator[str]:
    for part in name.only(_SEQUENCE).inside():
        for attribute in part.only(_SET).inside():
            kind, value = attribute.only(_SEQUENCE).inside()[:2]
            if kind.only(_OID).contents == _COMMON_NAME:
                yield _text(value)


def _alternative_names(extensions: _Element) -> Iterator[str]:
    for extension in extensions.inside()[0].only(_SEQUENCE).inside():
        kind, *rest = extension.only(_SEQUENCE).inside()
        if kind.contents != _ALTERNATIVE_NAMES:
            continue
        (value,) = (element for element in rest if element.tag != _BOOLEAN)
        (names,) = _elements(value.only(_OCTETS).contents)
        for name in names.only(_SEQUENCE).inside():
            if name.tag == _DNS_NAME:
                yield name.contents.decode("latin-1")
            elif name.tag == _IP_ADDRESS:
                yield str(ipaddress.ip_address(name.contents))


def _text(value: _Element) -> str:
    encoding = "utf-16-be" if value.tag == _BMP_STRING else "utf-8"
    return value.contents.decode(encoding, "replace")


def _time(element: _Element) -> str:
    """ISO 8601 of a UTCTime (years 1950 to 2049) or a GeneralizedTime, both in seconds and UTC."""
    text = element.contents.decode("ascii")
    if element.tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif element.tag != _GENERALIZED_TIME:
        raise _Malformed
    if len(text) != len("yyyymmddhhmmssZ") or not text[:-1].isdigit() or text[-1] != "Z":
        raise _Malformed
    month, day, hour, minute, second = (int(text[place : place + 2]) for place in range(4, 14, 2))
    return datetime(int(text[:4]), month, day, hour, minute, second, tzinfo=UTC).isoformat()
