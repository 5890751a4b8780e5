"""The words by which sockets are picked."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.errors import BadInput
from portview.sockets.about import About
from portview.sockets.filter import check, matches
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


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("pid:abc", "pid: takes a number"),
        ("pid:", "pid: needs a value"),
        (":99999", "ports end at 65535"),
        (":1-99999", "ports end at 65535"),
        (":8130-8000", "the range ends before it begins"),
        ("port:abc", "a port is a number"),
        (":", "a port is a number"),
        ("!", "turns a word round"),
        ("tcp !:99999", "ports end at 65535"),
        ("foo:bar", "there is no foo:, but proto:, user:"),
        ("reach:mars", "reach: is one of loopback,"),
        ("proto:icmp", "proto: is one of tcp, udp"),
        ("kind:odd", "kind: is one of"),
        ("user:", "user: needs a value"),
    ],
)
def test_a_word_that_no_socket_has_is_refused(text: str, fault: str) -> None:
    with pytest.raises(BadInput, match=re.escape(fault)) as refused:
        check(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "redis",
        ":443",
        ":8000-8099",
        "!user:root",
        "reach:net",
        "reach:vpn",
        "::1",
        "fe80::1",
        "::1:6379",
        "10.0.0.5:22",
        "localhost:8080",
        "http://nas",
        "!!tcp",
        "state:listen",
        "[::1]:22",
        "dead:beef::1",
    ],
)
def test_a_word_that_a_socket_may_have_is_taken(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    ("text", "opposed"),
    [
        ("tcp udp", "tcp udp"),
        ("tcp nginx proto:udp", "tcp proto:udp"),
        ("!tcp !udp", "!tcp !udp"),
        ("ipv4 ipv6", "ipv4 ipv6"),
        (":22 :23", ":22 :23"),
        (":1-99 :50-60 port:70", ":1-99 :50-60 port:70"),
        (":22 !:20-30", ":22 !:20-30"),
        ("reach:loop reach:public", "reach:loop reach:public"),
        ("kind:user kind:system", "kind:user kind:system"),
        ("LOOPBACK tcp !loopback", "loopback !loopback"),
        ("user:root !!!user:root", "user:root !!!user:root"),
    ],
)
def test_words_that_exclude_each_other_are_named(text: str, opposed: str) -> None:
    with pytest.raises(BadInput) as refused:
        check(text)
    assert str(refused.value) == f"the filter {opposed}: these words exclude each other"


SOCKETS = [
    replace(REDIS, protocol=protocol, family=family, port=port, reach=reach)
    for protocol in Protocol
    for family in Family
    for port in (22, 23)
    for reach in (Reach.LOOPBACK, Reach.NETWORK)
]
SCOPES = {Reach.LOOPBACK: [Scope.LOOPBACK], Reach.NETWORK: [Scope.VPN, Scope.LOOPBACK]}
WORDS = [
    "tcp",
    "udp",
    "proto:t",
    "ipv4",
    "ipv6",
    ":22",
    ":20-22",
    ":23",
    "reach:net",
    "reach:loop",
    "reach:vpn",
]


@given(st.lists(st.builds(str.__add__, st.sampled_from(["", "!", "!!"]), st.sampled_from(WORDS))))
def test_what_a_socket_has_excludes_nothing(words: list[str]) -> None:
    text = " ".join(words)
    passes = any(matches(socket, text, About(scope)) for socket in SOCKETS for scope in SCOPES[socket.reach])
    try:
        check(text)
    except BadInput:
        assert not passes


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
