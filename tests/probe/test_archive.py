"""Records survive a file whole, and nothing else passes for one."""

import dataclasses
import json
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portview.probe.archive import ArchiveError, dump, hints, load
from portview.probe.path_records import Trace
from portview.probe.records import Attempt, Observation, Resolution, Target
from portview.text import clean
from portview.vocabulary import Family, Outcome, Protocol

_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12).map(clean),
    bytes: st.binary(max_size=12),
    bool: st.booleans(),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(0, 1e9),
}
_TTLS = st.integers(1, 255)


def _any(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type, every optional field of a record included."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(st.none() if one is types.NoneType else _any(one) for one in inner))
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return st.lists(_any(inner[0]), max_size=2).map(tuple)
        return st.tuples(*map(_any, inner))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind)]
        fields = {name: _TTLS if name == "ttl" else _any(hints(kind)[name]) for name in names}
        return st.builds(typing.cast("Callable[..., Any]", kind), **fields)
    return st.sampled_from(kind) if issubclass(kind, Enum) else _LEAVES[kind]


@settings(max_examples=60, deadline=None)
@given(_any(Observation))
def test_an_observation_survives(observation: Observation) -> None:
    again = load(Observation, json.loads(json.dumps(dump(observation), allow_nan=False)))
    assert again == observation
    assert again.started == observation.started
    assert type(again.timeout_s) is float


_TARGET = {"host": "nas.lan", "port": 22, "protocol": "tcp"}
_ATTEMPT = Attempt("192.0.2.7", Family.IPV4, 22, Outcome.CONNECTED, 1.0, first_bytes=b"\x00\xff")
_KNOWN = Observation(Target("nas.lan", 22), Resolution("nas.lan", ("192.0.2.7",)), (_ATTEMPT,))


def test_missing_fields_take_their_defaults() -> None:
    data = {"target": {"host": "nas.lan", "port": 22}, "resolution": {"name": "nas.lan"}, "attempts": []}
    assert load(Observation, data) == Observation(Target("nas.lan", 22), Resolution("nas.lan"), ())


@pytest.mark.parametrize("ttl", [0, -1, 256, 2**40])
def test_a_hop_that_no_packet_can_come_to_is_refused(ttl: int) -> None:
    with pytest.raises(ArchiveError, match=f"^hops.0.: no packet has a TTL of {ttl}$"):
        load(Trace, {"port": 22, "hops": [{"ttl": ttl}]})


def test_texts_are_cleaned() -> None:
    assert load(Target, {**_TARGET, "host": "\x1b]0;x\x07\ud800"}).host == r"\x1b]0;x\x07\ud800"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "it is not an object"),
        (None, "it is not an object"),
        ({**_TARGET, "port": "22"}, "port is not a whole number"),
        ({**_TARGET, "port": True}, "port is not a whole number"),
        ({**_TARGET, "port": 22.0}, "port is not a whole number"),
        ({**_TARGET, "port": 2**60}, "port is not a whole number"),
        ({**_TARGET, "host": None}, "host is not a text"),
        ({**_TARGET, "host": "x" * 10_001}, "host is longer than 10000 characters"),
        ({**_TARGET, "protocol": "sctp"}, "protocol is none of: tcp, udp"),
        ({**_TARGET, "protocol": []}, "protocol is none of: tcp, udp"),
        ({"port": 22}, "host is missing"),
        ({**_TARGET, "\x1b[2J": 1}, r"\x1b[2J is not known here"),
    ],
)
def test_what_does_not_fit_is_named(data: object, message: str) -> None:
    with pytest.raises(ArchiveError) as error:
        load(Target, data)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("first_bytes", "AA==", "is not an object with bytes in base64"),
        ("first_bytes", {"base64": "A"}, "is not base64"),
        ("first_bytes", {"base64": "é"}, "is not base64"),
        ("first_bytes", {"base64": "A" * 200_000}, "is not an object with bytes in base64"),
        ("elapsed_ms", "1", "is not a number"),
        ("elapsed_ms", float("nan"), "is out of range"),
        ("elapsed_ms", float("inf"), "is out of range"),
        ("elapsed_ms", 10**400, "is out of range"),
        ("self_connect", 1, "is neither true nor false"),
        ("icmp", [], "is not an object"),
    ],
)
def test_what_does_not_fit_inside_is_placed(field: str, value: object, message: str) -> None:
    data: Any = dump(_KNOWN)
    data["attempts"][0][field] = value
    with pytest.raises(ArchiveError) as error:
        load(Observation, data)
    assert str(error.value) == f"attempts[0].{field} {message}"


@pytest.mark.parametrize(
    ("value", "message"),
    [({}, "attempts is not a list"), ([0] * 1001, "attempts has more than 1000 entries")],
)
def test_lists_are_bounded(value: object, message: str) -> None:
    data: Any = dump(_KNOWN)
    data["attempts"] = value
    with pytest.raises(ArchiveError) as error:
        load(Observation, data)
    assert str(error.value) == message


@dataclass(frozen=True, slots=True)
class _Pair:
    ends: tuple[int, str]
    protocol: Protocol | None = None


def test_tuples_of_fixed_length() -> None:
    pair = _Pair((1, "x"), Protocol.UDP)
    assert load(_Pair, dump(pair)) == pair
    with pytest.raises(ArchiveError, match="ends does not have 2 entries"):
        load(_Pair, {"ends": [1]})


def test_a_type_that_cannot_be_kept_is_the_programmers_error() -> None:
    with pytest.raises(TypeError, match="cannot keep a set"):
        dump({1})
    with pytest.raises(TypeError, match="cannot be kept"):
        load(set, [])
