"""The words by which sockets are picked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.sockets.about import About
from portview.sockets.filter import matches
from portview.sockets.owner.records import Container, Home, Runtime
from portview.sockets.records import LocalSocket, Owner, PortKind, Reach
from portview.sockets.scope import Scope
from portview.vocabulary import Family, Protocol

REDIS = LocalSocket(
    Protocol.TCP,
    Family.IPV6,
    "::1",
    6379,
    "LISTEN",
    Reach.LOOPBACK,
    PortKind.USER,
    uid=0,
    user="root",
    owners=(Owner(812, "redis-server", "/usr/bin/redis-server ::1:6379", "redis"), Owner(813, "Helper")),
    service="redis",
)
HIDDEN = LocalSocket(
    Protocol.UDP, Family.IPV4, "0.0.0.0", 53, "UNCONN", Reach.NETWORK, PortKind.SYSTEM, owner_hidden=True
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        ("   ", True),
        ("redis", True),
        ("REDIS", True),
        ("postgres", False),
        ("6379", True),
        ("63", True),
        (":6379", True),
        (":63", False),
        ("::1", True),
        ("::1:6379", True),
        ("tcp", True),
        ("udp", False),
        ("ipv6", True),
        ("ipv4", False),
        ("user:root", True),
        ("user:redis", True),
        ("user:ro", True),
        ("user:oot", False),
        ("user:", True),
        ("process:helper", True),
        ("pid:812", True),
        ("pid:81", False),
        ("pid:", True),
        ("service:redis", True),
        ("reach:loop", True),
        ("reach:network", False),
        ("kind:user", True),
        ("state:listen", True),
        ("listen", True),
        ("!udp", True),
        ("!tcp", False),
        ("!!tcp", True),
        ("!", True),
        ("!user:", True),
        ("!user:root", False),
        ("!:6379", False),
        ("tcp redis", True),
        ("tcp !redis", False),
        ("redis udp", False),
        ("loopback", True),
        ("!loopback", False),
        ("network", False),
        ("hidden", False),
        ("proto:tcp", True),
        ("proto:udp", False),
        ("port:6379", True),
        (":6000-6400", True),
        ("port:7000-8000", False),
        (":6400-6000", False),
        ("what:ever", False),
        (":", True),
    ],
)
def test_words(text: str, holds: bool) -> None:
    assert matches(REDIS, text) is holds


@pytest.mark.parametrize("text", ["user:root", "process:x", "service:dns", "pid:1", "redis"])
def test_what_is_unknown_matches_nothing(text: str) -> None:
    assert not matches(HIDDEN, text)
    assert matches(HIDDEN, f"!{text}")


def test_hidden_owners_can_be_asked_for() -> None:
    assert matches(HIDDEN, "hidden network")


@given(st.text())
def test_any_text_is_an_answer(text: str) -> None:
    assert matches(REDIS, text) in (True, False)


KNOWN = About(
    Scope.VPN,
    Home("redis.service"),
    Container(Runtime.DOCKER, "ab" * 32, "cache"),
    target=Container(Runtime.PODMAN, "cd" * 32, "behind"),
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("unit:redis", True),
        ("unit:ssh", False),
        ("container:cache", True),
        ("container:docker", True),
        ("container:abab", True),
        ("container:behind", True),
        ("container:web", False),
        ("reach:vpn", True),
        ("reach:loopback", True),
        ("reach:public", False),
        ("cache", True),
        ("!unit:ssh", True),
    ],
)
def test_what_is_known_beyond_the_socket_can_be_asked_for(text: str, holds: bool) -> None:
    assert matches(REDIS, text, KNOWN) is holds


def test_without_it_nothing_of_that_is_found() -> None:
    assert not matches(REDIS, "unit:redis")
