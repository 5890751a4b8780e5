"""macOS and Windows: the program works without what they have not.

Tried is a stand-in for the missing modules and attributes (other_system.py), not those systems: it finds
what portview asks of Linux without need, and not what a real Windows or macOS does otherwise.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

_SCRIPT = Path(__file__).with_name("other_system.py")
_SYSTEMS = ("darwin", "win32")
_GREETING = b"220 here\r\n"

# What became of every command, by system: exit status, stdout, stderr.
Told = dict[str, dict[str, tuple[int, str, str]]]


def _greet(server: socket.socket) -> None:
    """Greet whoever comes, until the server is shut down; the peers hang up first."""
    with ExitStack() as peers, suppress(OSError):
        while True:
            peer = peers.enter_context(server.accept()[0])
            with suppress(OSError):  # a scan has gone already
                peer.send(_GREETING)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    home = str(tmp_path_factory.mktemp("home"))
    environment = {**os.environ, "HOME": home, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": home}
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and never listens
        greeter = threading.Thread(target=_greet, args=(server,))
        greeter.start()
        ports = [str(one.getsockname()[1]) for one in (server, closed)]
        running = {
            system: subprocess.Popen(
                [sys.executable, str(_SCRIPT), system, *ports], env=environment, stdout=subprocess.PIPE
            )
            for system in _SYSTEMS
        }
        yield {system: json.loads(one.communicate(timeout=50)[0]) for system, one in running.items()}
        server.shutdown(socket.SHUT_RDWR)
        greeter.join()


def _json(told: Told, system: str, command: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(told[system][command][1])
    return document


@pytest.mark.parametrize("system", _SYSTEMS)
def test_every_command_ends_as_it_should(told: Told, system: str) -> None:
    refused = {command for command in told[system] if command.startswith("probe 127.0.0.1 CLOSED")}
    ends = {command: (status, err) for command, (status, _, err) in told[system].items()}
    assert len(refused) == 3
    assert ends == {command: (1 if command in refused else 0, "") for command in ends}


@pytest.mark.parametrize("system", _SYSTEMS)
def test_listeners_are_listed_with_who_holds_them(told: Told, system: str) -> None:
    document = _json(told, system, "ls --all --json")
    assert document["source"] == "psutil"
    [mine] = [one for one in document["sockets"] if os.getpid() in (one["pids"] or ()) and one["port"]][:1]
    assert (mine["address"], mine["state"], mine["queue"]) == ("127.0.0.1", "LISTEN", None)
    assert {"queue", "inode"} <= mine["unknown_because"].keys()
    owners = {one["user"] for one in mine["owners"]}
    assert (owners == {"HOME\\alice"}) is (system == "win32")


@pytest.mark.parametrize("system", _SYSTEMS)
def test_an_open_port_is_healthy(told: Told, system: str) -> None:
    document = _json(told, system, "probe localhost OPEN --json")
    assert (document["outcome"], document["causes"][0]["id"]) == ("connected", "healthy")
    assert "220 here" in told[system]["probe 127.0.0.1 OPEN"][1]


@pytest.mark.parametrize("system", _SYSTEMS)
def test_a_refusal_is_not_said_to_be_a_reset(told: Told, system: str) -> None:
    document = _json(told, system, "probe 127.0.0.1 CLOSED --json")
    assert (document["outcome"], document["pattern"]) == ("refused", "tcp_refused")
    assert document["attempts"][0]["errno"] == "ECONNREFUSED"
    assert document["unknown_because"]["attempts.icmp"] == "not_told"
    assert _json(told, system, "probe 127.0.0.1 CLOSED --udp --timeout 1 --json")["outcome"] == "refused"
    assert "with a RST;" not in told[system]["probe 127.0.0.1 CLOSED"][1]


@pytest.mark.parametrize("system", _SYSTEMS)
def test_a_scan_tells_open_from_closed(told: Told, system: str) -> None:
    [host] = _json(told, system, "scan 127.0.0.1 -p OPEN,CLOSED --json")["hosts"]
    assert sorted(one["state"] for one in host["ports"]) == ["closed", "open"]


@pytest.mark.parametrize("system", _SYSTEMS)
def test_the_screen_lists_them_too(told: Told, system: str) -> None:
    assert int(told[system]["screen"][1].split()[0]) > 0
