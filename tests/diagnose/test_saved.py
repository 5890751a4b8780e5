"""A saved knock is diagnosed as it was; a file that holds none is refused in one line."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.diagnose.document import document
from portview.diagnose.engine import diagnose
from portview.diagnose.saved import SavedKnock, read, write
from portview.errors import BadInput
from portview.probe.records import NameFailure, Observation
from portview.sockets.records import LocalSocket, Owner
from portview.vocabulary import SenderClass
from tests.diagnose.conftest import (
    closed,
    connected,
    icmp,
    listener,
    observation,
    queue,
    rst,
    silent,
    unresolved,
)


@pytest.mark.parametrize(
    ("seen", "listeners"),
    [
        (observation(rst(icmp=icmp(3, 3, SenderClass.ROUTER))), None),
        (observation(silent(), controls=(rst(port=22),)), None),
        (observation(closed(first_bytes=b"\x1b Not allowed at this time\r\n")), None),
        (unresolved(NameFailure.NXDOMAIN, servers=("192.0.2.53",)), None),
        (observation(rst(), this_machine=True), []),
        (observation(rst(), this_machine=True), [listener("127.0.0.1"), listener(port=22)]),
        (observation(connected(), this_machine=True), [listener(queue=queue(3, None))]),
    ],
)
def test_the_same_diagnosis(seen: Observation, listeners: list[LocalSocket] | None, tmp_path: Path) -> None:
    before = diagnose(seen, listeners)
    path = tmp_path / "knock.json"
    write(path, SavedKnock(seen, None if listeners is None else tuple(listeners)))
    again = read(path)
    after = diagnose(again.observation, again.listeners)
    assert after == before
    assert document(again.observation, after) == document(seen, before)


def test_only_what_the_diagnosis_needs_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "knock.json"
    owner = Owner(1, "redis", command="redis --password hunter2")
    kept = LocalSocket(**{**_fields(listener()), "owners": (owner,)})
    write(path, SavedKnock(observation(rst(), this_machine=True), (kept, listener(port=22, name="sshd"))))
    text = path.read_text()
    assert "redis" in text
    assert "hunter2" not in text
    assert "sshd" not in text


def _fields(socket: LocalSocket) -> dict[str, Any]:
    return {name: getattr(socket, name) for name in LocalSocket.__slots__}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is not JSON"),
        ("nonsense", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("\udcff", "it is not JSON"),
        ("[]", "use a file that portview probe --save wrote"),
        ("{}", "use a file that portview probe --save wrote"),
        ('{"schema": "1"}', "use a file that portview probe --save wrote"),
        ('{"schema": 2, "observation": {}}', "no saved knock of schema 1"),
        ('{"schema": 1, "outcome": "refused", "causes": []}', "the output of probe --json; --save keeps"),
        ('{"schema": 1, "target": {}}', "no saved knock of schema 1"),
        ('{"schema": 1, "observation": {}}', "observation.target is missing"),
        ('{"schema": 1, "observation": {}, "x": 1}', "x is not known here"),
        ('{"schema": 1, "observation": {}, "listeners": 1}', "observation.target is missing"),
        (" " * (4 * 1024 * 1024 + 1), "it is over 4 MiB long"),
    ],
)
def test_other_files(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "knock.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadInput, match=message) as error:
        read(path)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot read .*: No such file"):
        read(tmp_path / "missing")
    with pytest.raises(BadInput, match=r"cannot read .*: Is a directory"):
        read(tmp_path)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@st.composite
def _mutations(draw: st.DrawFn) -> object:
    """The file of a real knock with one value replaced."""
    from portview.probe import archive

    kept = observation(rst(icmp=icmp(3, 3)), controls=(silent(port=80),), host="nas.lan")
    whole: dict[str, Any] = {"schema": 1, "observation": archive.dump(kept), "listeners": None}
    place: Any = whole
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
            place[key] = draw(_json)
            return whole
        place = place[key]


@given(content=_json | _mutations())
def test_any_json_is_a_knock_or_refused(content: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(content))
    with suppress(BadInput):
        knock = read(path)
        json.dumps(document(knock.observation, diagnose(knock.observation, knock.listeners)))
