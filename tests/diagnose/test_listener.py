"""The panel of a local socket: reach first, then who, then what is unusual."""

from dataclasses import replace

import pytest

from portview.diagnose.listener import explain_socket
from portview.knowledge.page import Page, Tone
from portview.sockets.records import (
    Hidden,
    HiddenReason,
    LocalSocket,
    Owner,
    PortKind,
    Reach,
    Shared,
    Sharing,
    Snapshot,
)
from portview.vocabulary import Protocol
from tests.diagnose.conftest import listener, queue

HIDDEN = Hidden(1, HiddenReason.NOT_ROOT, "sudo portview ls")


def explain(socket: LocalSocket, hidden: Hidden | None = None) -> Page:
    return explain_socket(socket, Snapshot((socket,), hidden or Hidden(), "proc"))


def section(page: Page, label: str) -> str:
    return "\n".join(
        line.text for section in page.sections if section.label == label for line in section.lines
    )


@pytest.mark.parametrize(
    ("socket", "words"),
    [
        (listener(), "every address"),
        (listener("::"), "IPv4 as well"),
        (listener("192.0.2.1"), "on 192.0.2.1 only"),
        (listener("127.0.0.1"), "only programs on this machine"),
        (replace(listener("fe80::1"), reach=Reach.LINK_LOCAL), "same network segment"),
        (
            replace(listener(), state="ESTABLISHED", remote_address="192.0.2.9", remote_port=50000),
            "knocked at 192.0.2.9 50000",
        ),
        (replace(listener(), protocol=Protocol.UDP, state="UNCONN", ephemeral=True), "outgoing traffic"),
    ],
)
def test_reach_comes_first(socket: LocalSocket, words: str) -> None:
    page = explain(socket)
    assert words in "\n".join(line.text for line in page.sections[0].lines)


def test_a_risky_service_is_a_warning_only_where_strangers_can_knock() -> None:
    open_redis = explain(listener(port=6379))
    assert open_redis.tone is Tone.WARN
    assert "take over the machine" in section(open_redis, "Risk")
    assert section(open_redis, "Fix")
    assert explain(listener("127.0.0.1", 6379)).tone is Tone.PLAIN


def test_owner_with_start_and_command() -> None:
    owner = Owner(812, "redis-server", "/usr/bin/redis-server *:6379", "redis", 1714567890.0)
    words = section(explain(replace(listener(), owners=(owner,))), "Owner")
    assert "redis-server, pid 812, user redis, since 2024-05-01 12:51 UTC" in words
    assert "/usr/bin/redis-server" in words


def test_a_hidden_owner_says_why_and_what_shows_it() -> None:
    page = explain(replace(listener(name=None), owner_hidden=True, user="redis"), HIDDEN)
    assert "ordinary user" in section(page, "Owner")
    assert "user redis" in section(page, "Owner")
    assert "sudo portview ls" in section(page, "By hand")


def test_nobody_is_not_the_same_as_hidden() -> None:
    assert "kernel itself" in section(explain(listener(name=None)), "Owner")


@pytest.mark.parametrize(
    ("how", "words"), [(Sharing.INHERITED, "inherited"), (Sharing.REUSE_PORT, "SO_REUSEPORT")]
)
def test_sharing(how: Sharing, words: str) -> None:
    shared = section(explain(replace(listener(), shared=Shared(how, (1, 2)))), "Shared")
    assert words in shared
    assert "pid 1, pid 2" in shared


@pytest.mark.parametrize(
    ("waiting", "limit", "words"),
    [
        (0, 5, "Nobody waits to be accepted; 5 may."),
        (2, 5, "2 wait"),
        (0, None, "Nobody waits to be accepted."),
        (1, None, "1 wait to be accepted."),
    ],
)
def test_queue(waiting: int, limit: int | None, words: str) -> None:
    assert words in section(explain(listener(queue=queue(waiting, limit))), "Queue")


def test_a_full_queue_is_a_grave_finding_and_said_once() -> None:
    page = explain(listener(queue=queue(6, 5)))
    assert page.tone is Tone.BAD
    assert "6 connections wait" in section(page, "Risk")
    assert section(page, "Queue") == ""


def test_an_unknown_queue_is_not_shown() -> None:
    assert section(explain(listener(queue=queue(None, None))), "Queue") == ""


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (PortKind.SYSTEM, "system port"),
        (PortKind.USER, "registered port"),
        (PortKind.DYNAMIC, "dynamic port"),
    ],
)
def test_port_kind(kind: PortKind, words: str) -> None:
    assert words in section(explain(replace(listener(), kind=kind)), "Port")


def test_a_port_in_the_outgoing_range_is_said() -> None:
    assert "outgoing connections" in section(explain(replace(listener(), ephemeral=True)), "Port")
    assert "outgoing connections" not in section(explain(listener()), "Port")


def test_commands_fit_the_address() -> None:
    assert "nc -zv -w 5 ::1 20001" in section(explain(listener("::")), "By hand")
    assert "nc -zv -w 5 192.0.2.1 20001" in section(explain(listener("192.0.2.1")), "By hand")
