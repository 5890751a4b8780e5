"""The ranges of ports."""

import socket
from pathlib import Path

import pytest

from portview.sockets.kinds import ephemeral_range, is_ephemeral, port_kind
from portview.sockets.records import PortKind


@pytest.mark.parametrize(
    ("port", "kind"),
    [
        (0, PortKind.SYSTEM),
        (1, PortKind.SYSTEM),
        (1023, PortKind.SYSTEM),
        (1024, PortKind.USER),
        (49151, PortKind.USER),
        (49152, PortKind.DYNAMIC),
        (65535, PortKind.DYNAMIC),
    ],
)
def test_kind(port: int, kind: PortKind) -> None:
    assert port_kind(port) is kind


@pytest.mark.parametrize(("port", "expected"), [(32767, False), (32768, True), (60999, True), (61000, False)])
def test_both_ends_of_the_ephemeral_range_belong_to_it(port: int, expected: bool) -> None:
    assert is_ephemeral(port, (32768, 60999)) is expected


def test_without_a_range_nothing_is_said() -> None:
    assert is_ephemeral(40000, None) is None


def test_this_machine_gives_out_ports_of_its_range() -> None:
    ports = ephemeral_range()
    assert ports is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outgoing:
        outgoing.connect(("127.0.0.1", 9))
        assert is_ephemeral(outgoing.getsockname()[1], ports) is True


@pytest.mark.parametrize("content", ["", "32768", "low high", "1 2 3"])
def test_a_range_that_cannot_be_read_is_unknown(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "range"
    monkeypatch.setattr("portview.sockets.kinds._RANGE_FILE", file)
    assert ephemeral_range() is None
    file.write_text(content)
    assert ephemeral_range() is None
