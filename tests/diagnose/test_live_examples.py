"""Live examples: from prepared sockets, and from what the commands of the reference really make."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from portview.diagnose.live_examples import _EXAMPLES, ThisMachine, has_example, with_example
from portview.knowledge import reference
from portview.knowledge.entries import by_id
from portview.knowledge.load import topics
from portview.knowledge.page import Tone
from portview.sockets.port_limits import PortLimits, port_limits
from portview.sockets.records import (
    Hidden,
    LocalSocket,
    Owner,
    PortKind,
    Reach,
    Shared,
    Sharing,
    Snapshot,
)
from portview.sockets.source import best_source
from portview.vocabulary import Family, Protocol
from tests.diagnose.conftest import listener

LIMITS = PortLimits((32768, 60999), 1024, "8080,9000-9010")
WEB = replace(listener(port=80), owners=(Owner(7, "nginx"),))


def connection(port: int, remote_port: int, state: str = "ESTABLISHED", **more: object) -> LocalSocket:
    socket = LocalSocket(
        Protocol.TCP,
        Family.IPV4,
        "192.0.2.7",
        port,
        state,
        Reach.NETWORK,
        PortKind.USER,
        ephemeral=port >= 32768,
        remote_address="198.51.100.4",
        remote_port=remote_port,
    )
    return replace(socket, **more)  # type: ignore[arg-type]  # the fields' own types vary


def example(topic: str, *sockets: LocalSocket, limits: PortLimits = LIMITS) -> list[str]:
    entry = by_id()[topic]
    machine = ThisMachine(Snapshot(sockets, Hidden(), "proc"), limits)
    page = with_example(reference.entry_page(entry), entry, machine)
    return [
        line.text for section in page.sections if section.label == "On this machine" for line in section.lines
    ]


@pytest.mark.parametrize(
    ("topic", "sockets", "expected"),
    [
        ("ports", [WEB, connection(80, 5)], "1 sockets wait at a port and 1 connections"),
        ("port-ranges", [connection(40000, 443), connection(40000, 80)], "1 of these 28232 are in use"),
        ("port-ranges", [], "Kept free of outgoing connections: 8080,9000-9010."),
        ("my-ports", [], "From port 1024 on any user may listen"),
        (
            "ephemeral-ports",
            [connection(40000, 443, owners=(Owner(9, "curl"),))],
            "curl (pid 9) has port 40000",
        ),
        ("share-a-port", [replace(WEB, shared=Shared(Sharing.INHERITED, (7, 8)))], "held by pid 7, pid 8"),
        ("share-a-port", [replace(WEB, shared=Shared(Sharing.REUSE_PORT, (7, 8)))], "SO_REUSEPORT"),
        ("share-a-port", [WEB, replace(WEB, address="::1")], "a socket of its own on each of 0.0.0.0, ::1"),
        ("several-ports", [WEB, replace(WEB, port=443)], "nginx (pid 7) listens on 2 ports: 80/tcp, 443/tcp"),
        (
            "tcp-and-udp",
            [WEB, replace(WEB, protocol=Protocol.UDP, state="UNCONN")],
            "80: nginx (pid 7) has it",
        ),
        ("program-ends", [connection(80, 5, "TIME_WAIT")], "1 connections are in TIME-WAIT"),
        ("many-connections", [WEB, connection(80, 5), connection(80, 6)], "2 connections share 80/tcp"),
        ("bound-address", [WEB], "0.0.0.0 port 80/tcp: everybody"),
        (
            "bound-address",
            [replace(WEB, address="127.0.0.1", reach=Reach.LOOPBACK)],
            "127.0.0.1 port 80/tcp: this machine alone",
        ),
        ("works-locally", [connection(80, 5)], "192.0.2.7 is this machine's own"),
        ("why-scan", [WEB], "1 of 1 sockets here take packets from the network: 80/tcp nginx"),
        ("service-names", [replace(WEB, port=4711, service=None)], "no usual service"),
        ("udp-check", [replace(WEB, protocol=Protocol.UDP, state="UNCONN")], "80/udp nginx"),
        ("80/tcp", [WEB], "nginx (pid 7) listens on 0.0.0.0 port 80/tcp."),
        ("443/tcp", [WEB], "Nothing listens on 443 here."),
        ("51820/udp", [], "range of this machine's outgoing connections (32768 to 60999)"),
        ("80/tcp", [replace(WEB, owners=(), owner_hidden=True)], "a hidden program listens"),
        ("80/tcp", [replace(WEB, owners=())], "the kernel listens"),
    ],
)
def test_a_prepared_machine(topic: str, sockets: Sequence[LocalSocket], expected: str) -> None:
    assert expected in "\n".join(example(topic, *sockets))


@pytest.mark.parametrize("topic", sorted(_EXAMPLES))
def test_a_machine_without_an_example_says_how_to_make_one(topic: str) -> None:
    found = example(topic, limits=PortLimits())
    assert found == (
        ["This machine has no example just now; a command below makes one."] if topics()[topic].make else []
    )


def test_only_what_can_have_an_example_asks_for_the_machine() -> None:
    assert set(_EXAMPLES) <= set(topics())
    assert has_example(by_id()["22/tcp"])
    assert not has_example(by_id()["fw_reject_host"])
    assert not any(has_example(entry) for entry in map(reference.exact, ("0", "70000")) if entry)
    page = reference.entry_page(by_id()["fw_reject_host"])
    machine = ThisMachine(Snapshot((), Hidden(), "proc"), LIMITS)
    assert with_example(page, by_id()["fw_reject_host"], machine) == page


# What each command leads to, once it runs; a pattern with the port that it printed.
MADE = {
    "ports": "sockets wait at a port",
    "share-a-port": "{port}/tcp: ",
    "tcp-and-udp": "{port}: python",
    "program-ends": "in TIME-WAIT",
    "bound-address": "this machine alone may knock",
    "udp-check": "at UDP ports here",
    "several-ports": " ports: ",
    "many-connections": "3 connections share {port}/tcp",
}


@pytest.mark.parametrize(
    ("topic", "command"),
    [(topic.id, command) for topic in topics().values() for command in topic.make],
    ids=lambda value: value if " " not in value else "",
)
def test_a_command_makes_the_example_that_it_promises(topic: str, command: str) -> None:
    """It runs as pasted, prints its port, and this machine then has the example."""
    argv = shlex.split(command)
    assert argv[:2] == ["python3", "-c"]
    running = subprocess.Popen(
        [sys.executable, "-u", *argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert running.stdin
    assert running.stdout
    try:
        waits = "input(" in command
        printed = running.stdout.readline() if not waits else _until_prompt(running.stdout.fileno())
        if not waits:
            assert running.wait(20) == 0
        port = re.search(r"\d{4,}", printed)
        assert port, printed
        if expected := MADE.get(topic):
            entry = by_id()[topic]
            snapshot = best_source().snapshot(everything=True)
            made = [one for one in snapshot.sockets if _is_of(one, running.pid, int(port[0]))]
            machine = ThisMachine(replace(snapshot, sockets=tuple(made)), port_limits())
            text = with_example(reference.entry_page(entry), entry, machine).text()
            assert expected.format(port=port[0]) in text
    finally:
        running.communicate("\n", timeout=20)
    assert running.returncode == 0


def _is_of(socket: LocalSocket, pid: int, port: int) -> bool:
    """Whether a command made it: other programs' sockets may be better examples."""
    return port in (socket.port, socket.remote_port) or any(owner.pid == pid for owner in socket.owners)


def _until_prompt(fd: int) -> str:
    text = b""
    while b"Enter ends it" not in text:
        more = os.read(fd, 4096)
        assert more, text
        text += more
    return text.decode()


def test_examples_are_facts() -> None:
    entry = by_id()["80/tcp"]
    machine = ThisMachine(Snapshot((WEB,), Hidden(), "proc"), LIMITS)
    page = with_example(reference.entry_page(entry), entry, machine)
    labels = [section.label for section in page.sections]
    assert labels[:2] == ["TCP", "On this machine"]
    assert {line.tone for line in page.sections[1].lines} == {Tone.FACT}
