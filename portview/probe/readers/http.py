"""The head of an HTTP response (RFC 9112), read from as much of it as came."""

import re

from portview.probe.talk_records import HttpAnswer
from portview.text import clean

_MAX_TEXT = 300  # characters of one field
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? ([1-9]\d\d)(?: ([^\r\n]*))?(?:\r?\n|$)")


def read_http(data: bytes) -> HttpAnswer | None:
    """The status and the telling fields; None when it is no HTTP response."""
    line = _STATUS_LINE.match(data)
    if line is None:
        return None
    fields = _fields(data[line.end() :])
    return HttpAnswer(
        status=int(line[1]),
        reason=_text(line[2] or b""),
        server=fields.get(b"server"),
        location=fields.get(b"location"),
    )


def _fields(data: bytes) -> dict[bytes, str]:
    """The header fields by their names in lower case; the first one of a name counts."""
    fields: dict[bytes, str] = {}
    for row in data.split(b"\n"):
        name, colon, value = row.partition(b":")
        if not row.strip() or not colon:
            break
        fields.setdefault(name.strip().lower(), _text(value))
    return fields


def _text(value: bytes) -> str:
    return clean(value.strip().decode("latin-1"), _MAX_TEXT)
