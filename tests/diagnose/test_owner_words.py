"""What stands behind a socket, in words, and how sure that is."""

from dataclasses import replace
from typing import Any

import pytest

from portview.diagnose.listener import explain_socket, namespaces_notes
from portview.diagnose.survey import Survey
from portview.knowledge.page import Page, Tone
from portview.sockets.machine import Machine
from portview.sockets.owner.records import Activation, Container, Namespace, Process, Runtime
from portview.sockets.records import Hidden, HiddenReason, LocalSocket, Owner, Snapshot
from portview.vocabulary import Protocol
from tests.diagnose.conftest import listener

ID = "ab" * 32
HIDDEN = replace(listener(name=None), owner_hidden=True, cgroup="/system.slice/web.service", user="root")


def explain(socket: LocalSocket, machine: Machine, *more: LocalSocket) -> Page:
    hidden = Hidden(1, HiddenReason.NOT_ROOT) if socket.owner_hidden else Hidden()
    return explain_socket(socket, Survey(Snapshot((socket, *more), hidden, "netlink", machine=machine)))


def owner(page: Page) -> list[tuple[Tone, str]]:
    return [(line.tone, line.text) for part in page.sections if part.label == "Owner" for line in part.lines]


def process(name: str = "redis-server", **more: Any) -> Process:
    return replace(Process(812, 2, name, 1), **more)


@pytest.mark.parametrize(
    ("holder", "words"),
    [
        (process(cgroup="/system.slice/redis.service"), "part of redis.service"),
        (process(cgroup="/user.slice/user-0.slice/session-3.scope"), "login session 3 of user root"),
        (
            process(cgroup="/user.slice/user-0.slice/user@0.service/app.slice/s.service"),
            "part of s.service, which user root runs",
        ),
        (process(cgroup=f"/docker/{ID}"), "in the container cache (docker, image redis:7)"),
        (process(executable="/usr/bin/redis"), "It runs /usr/bin/redis."),
        (process(executable="/usr/bin/redis", deleted=True), "It ran /usr/bin/redis, which is gone"),
    ],
)
def test_where_a_process_belongs(holder: Process, words: str) -> None:
    cache = Container(Runtime.DOCKER, ID, "cache", "redis:7")
    page = explain(listener(), Machine({812: holder}, containers={ID: cache}))
    assert words in " ".join(text for _, text in owner(page))


@pytest.mark.parametrize(
    ("own", "of_socket", "told"), [("alice", "root", "alice"), (None, "root", "root"), (None, None, "?")]
)
def test_whose_process_it_is(own: str | None, of_socket: str | None, told: str) -> None:
    page = explain(replace(listener(), owners=(Owner(7, "app", user=own),), user=of_socket), Machine())
    assert (Tone.PLAIN, f"app, pid 7, user {told}") in owner(page)


def test_the_line_of_parents() -> None:
    known = {812: process(), 2: Process(2, 1, "bash [/x]", 1), 1: Process(1, None, "systemd", 1)}
    assert (Tone.PLAIN, "Started by bash [/x] (2) < systemd (1)") in owner(
        explain(listener(), Machine(known))
    )


@pytest.mark.parametrize(
    ("residents", "tone", "words"),
    [
        ((70,), Tone.INFERENCE, "it is nginx, pid 70: the socket was made in web.service, and no other"),
        ((70, 71), Tone.GUESS, "one of the 2 processes of web.service"),
    ],
)
def test_a_hidden_holder_is_suspected_by_its_cgroup(
    residents: tuple[int, ...], tone: Tone, words: str
) -> None:
    known = {pid: Process(pid, 1, "nginx", pid) for pid in residents}
    page = explain(HIDDEN, Machine(known, {"/system.slice/web.service": residents}))
    assert [kind for kind, text in owner(page) if words in text] == [tone]
    assert (Tone.FACT, "the socket was made in web.service.") in owner(page)


def test_a_hidden_forwarder_is_known_by_its_arguments() -> None:
    arguments = (
        "docker-proxy",
        "-host-port",
        "20001",
        "-container-ip",
        "172.17.0.2",
        "-container-port",
        "80",
    )
    known = {7: Process(7, 1, "docker-proxy", 1, arguments), 8: Process(8, 1, "dockerd", 0)}
    machine = Machine(
        known,
        {"/system.slice/web.service": (7, 8)},
        {ID: Container(Runtime.DOCKER, ID, "web", addresses=("172.17.0.2",))},
    )
    told = owner(explain(HIDDEN, machine))
    assert (Tone.INFERENCE, "it is docker-proxy, pid 7: its arguments name this port.") in told
    assert (Tone.FACT, "Behind it: 172.17.0.2:80, the container web") in told


def test_systemd_holds_a_port_for_a_service() -> None:
    machine = Machine(
        {812: process("systemd")},
        activations={(Protocol.TCP, 20001): Activation("a.socket", "a.service")},
    )
    told = " ".join(text for _, text in owner(explain(listener(name="systemd"), machine)))
    assert "systemd holds the port for a.service, as a.socket says" in told


def test_what_cannot_be_read_is_said() -> None:
    machine = Machine({812: process("rootlessport")})
    told = " ".join(text for _, text in owner(explain(listener(name="rootlessport"), machine)))
    assert "not told by anything that can be read here" in told


def test_command_lines_hold_no_secrets_and_are_said_once() -> None:
    owners = tuple(Owner(pid, "app", "app --token=abc " + "x" * 400) for pid in (1, 2, 3))
    told = [text for _, text in owner(explain(replace(listener(), owners=owners), Machine()))]
    commands = [text for text in told if text.startswith("app --token")]
    assert len(commands) == 1
    assert commands[0].startswith("app --token=*** xxx")
    assert len(commands[0]) < 250
    assert "and 1 more processes: pid 3" in told


def connection(**more: Any) -> LocalSocket:
    made = replace(listener(), state="ESTABLISHED", remote_address="192.0.2.9", remote_port=50000, inode=9)
    return replace(made, **more)


@pytest.mark.parametrize(
    ("socket", "more", "words"),
    [
        (connection(), (listener(),), "192.0.2.9 50000 is the client"),
        (
            connection(),
            (),
            "This machine is the client: redis-server knocked at 192.0.2.9 50000 from 0.0.0.0 20001/tcp.",
        ),
        (connection(owners=()), (listener(),), "no program has accepted it yet"),
        (connection(state="CLOSE_WAIT"), (listener(),), "has not closed its own yet"),
        (connection(state="TIME_WAIT"), (), "It is over"),
    ],
)
def test_whose_client_it_is(socket: LocalSocket, more: tuple[LocalSocket, ...], words: str) -> None:
    assert words in explain(socket, Machine(), *more).text()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((Namespace(1, "web"),), "another network namespace, web."),
        ((Namespace(1, "a"), Namespace(2, "b", 70)), "2 other network namespaces: a, b (pid 70)."),
        ((Namespace(1, "a"), Namespace(2, "b", 70)), "sudo nsenter -t PID -n portview ls"),
        ((Namespace(1, "a"), Namespace(2, "b", 70)), "sudo ip netns exec NAME portview ls"),
        (
            tuple(Namespace(each, f"n{each}") for each in range(9)),
            "9 other network namespaces, among them n0, ",
        ),
        ((Namespace(2, "b (pid 70)", 70),), "namespace, b (pid 70)."),
        ((Namespace(2, "b", 70),), "sudo nsenter -t 70 -n portview ls"),
        ((Namespace(1, "web"),), "sudo ip netns exec web portview ls"),
    ],
)
def test_other_namespaces_are_told_each_command_by_itself(found: tuple[Namespace, ...], words: str) -> None:
    notes = list(namespaces_notes(Machine(namespaces=found)))
    assert any(words in note for note in notes)
    assert all("sudo" not in note or note.endswith(" portview ls") for note in notes)


def test_where_there_are_no_other_namespaces_none_are_told() -> None:
    assert list(namespaces_notes(Machine())) == []
