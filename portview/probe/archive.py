"""Frozen records as plain JSON values and back, checked field by field.

It knows no record by name: dataclasses, enums, tuples, `X | None`, texts, numbers, truth values and
bytes (in base64, RFC 4648) are taken apart by their annotations, so a record that gains a field is
kept in full without a line here. What is read may come from anybody: every value must have the type
that its field names, sizes are bounded, and texts are cleaned.
"""

import base64
import binascii
import dataclasses
import types
import typing
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from portview.probe import path_records, route, talk_records
from portview.text import clean

T = TypeVar("T")

_MAX_TEXT = 10_000  # characters
_MAX_BYTES = 65_536
_MAX_ITEMS = 1000  # of one tuple
_MAX_NUMBER = 2**53  # what every JSON reader keeps exactly (RFC 8259 section 6)
_BASE64_KEY = "base64"


class ArchiveError(ValueError):
    """The data is not what it should be; the message names the place and what is wrong there."""


def dump(value: object) -> object:
    """The value as dicts, lists, texts, numbers, truth values and None. Raises TypeError for others."""
    match value:
        case Enum():
            return dump(value.value)
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return {_BASE64_KEY: base64.b64encode(value).decode("ascii")}
        case tuple():
            return [dump(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: dump(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise TypeError(f"cannot keep a {type(value).__name__}")


def load(kind: type[T], data: object, place: str = "") -> T:
    """The record of type `kind` that `dump` made `data` of.

    A field that is missing takes its default, as in files of an older portview. Raises ArchiveError
    for anything else that does not fit.
    """
    record: T = _load(kind, data, place)
    return record


def _load(kind: Any, data: object, place: str) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (present,) = (one for one in inner if one is not types.NoneType)
        return None if data is None else _load(present, data, place)
    if origin is tuple:
        return _tuple(inner, data, place)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _record(kind, data, place)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(kind, data, place)
    if (read := _READERS.get(kind)) is None:
        raise TypeError(f"{place}: fields of type {kind} cannot be kept")
    return read(data, place)


@cache
def hints(kind: type) -> dict[str, Any]:
    """The types of a record's fields."""
    return typing.get_type_hints(kind, localns={**vars(path_records), **vars(talk_records), **vars(route)})


def _record(kind: type, data: object, place: str) -> object:
    if not isinstance(data, dict):
        raise ArchiveError(f"{place or 'it'} is not an object")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if foreign := sorted(key for key in data if key not in fields):
        raise ArchiveError(f"{_inside(place, clean(foreign[0], 40))} is not known here")
    values = {}
    for name, field in fields.items():
        if name in data:
            values[name] = _load(hints(kind)[name], data[name], _inside(place, name))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ArchiveError(f"{_inside(place, name)} is missing")
    try:
        return kind(**values)
    except ValueError as error:  # the record refuses what its types allow
        raise ArchiveError(f"{place or 'it'}: {error}") from None


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _tuple(inner: tuple[Any, ...], data: object, place: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise ArchiveError(f"{place} is not a list")
    if len(data) > _MAX_ITEMS:
        raise ArchiveError(f"{place} has more than {_MAX_ITEMS} entries")
    endless = len(inner) == 2 and inner[1] is Ellipsis
    kinds = [inner[0]] * len(data) if endless else inner
    if len(kinds) != len(data):
        raise ArchiveError(f"{place} does not have {len(kinds)} entries")
    pairs = zip(kinds, data, strict=True)
    return tuple(_load(kind, item, f"{place}[{number}]") for number, (kind, item) in enumerate(pairs))


def _member(kind: type[Enum], data: object, place: str) -> Enum:
    for member in kind:
        if member.value == data:
            return member
    raise ArchiveError(f"{place} is none of: {', '.join(str(member.value) for member in kind)}")


def _text(data: object, place: str) -> str:
    if not isinstance(data, str):
        raise ArchiveError(f"{place} is not a text")
    if len(data) > _MAX_TEXT:
        raise ArchiveError(f"{place} is longer than {_MAX_TEXT} characters")
    return clean(data)


def _bytes(data: object, place: str) -> bytes:
    text = data.get(_BASE64_KEY) if isinstance(data, dict) and len(data) == 1 else None
    if not isinstance(text, str) or len(text) > _MAX_BYTES * 2:
        raise ArchiveError(f"{place} is not an object with bytes in {_BASE64_KEY}")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ArchiveError(f"{place} is not {_BASE64_KEY}") from None


def _truth(data: object, place: str) -> bool:
    if not isinstance(data, bool):
        raise ArchiveError(f"{place} is neither true nor false")
    return data


def _integer(data: object, place: str) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or abs(data) > _MAX_NUMBER:
        raise ArchiveError(f"{place} is not a whole number")
    return data


def _number(data: object, place: str) -> float:
    if not isinstance(data, int | float) or isinstance(data, bool):
        raise ArchiveError(f"{place} is not a number")
    if not abs(data) <= _MAX_NUMBER:  # nor is NaN
        raise ArchiveError(f"{place} is out of range")
    return float(data)


_READERS: dict[Any, Callable[[object, str], Any]] = {
    str: _text,
    bytes: _bytes,
    bool: _truth,
    int: _integer,
    float: _number,
}
