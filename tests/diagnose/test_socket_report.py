"""The evidence about a socket that is handed on to others."""

from dataclasses import replace
from datetime import UTC, datetime

from portview.diagnose.socket_report import socket_report
from portview.diagnose.survey import Survey
from portview.sockets.machine import Machine
from portview.sockets.owner.records import Process
from portview.sockets.records import Hidden, HiddenReason, LocalSocket, Owner, Snapshot
from tests.diagnose.conftest import listener

TAKEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def report(socket: LocalSocket, hidden: Hidden | None = None, machine: Machine | None = None) -> str:
    snapshot = Snapshot((socket,), hidden or Hidden(), "netlink", machine=machine or Machine())
    return socket_report(socket, Survey(snapshot), TAKEN)


def test_it_says_of_what_it_tells_when_and_how_it_was_read() -> None:
    first, second, *_ = report(listener(port=6379)).splitlines()
    assert first.endswith(": evidence of 0.0.0.0 6379/tcp")
    assert second.endswith(", 2026-03-01T12:00:00+00:00, read by netlink")


def test_no_command_line_in_it_tells_a_secret() -> None:
    arguments = ("app", "--token=geheim", "--port", "6379")
    parent = Process(2, 1, "runner", 1, ("runner", "--password", "geheim"))
    holder = Process(7, 2, "app", 2, arguments)
    owners = tuple(Owner(pid, "app", " ".join(arguments)) for pid in (7, 8))
    text = report(replace(listener(), owners=owners), machine=Machine({2: parent, 7: holder}))
    assert '"app --token=*** --port 6379"' in text
    assert "geheim" not in text


def test_what_is_hidden_is_said() -> None:
    hidden = Hidden(1, HiddenReason.NOT_ROOT, "sudo portview ls")
    assert "sudo portview ls" in report(replace(listener(name=None), owner_hidden=True), hidden)
