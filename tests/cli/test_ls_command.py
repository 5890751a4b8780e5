import json
import os
import socket

from tests.cli.conftest import Run

_KEYS = [
    "protocol", "family", "address", "port", "state", "uid", "user", "pids", "process", "command", "unit",
    "container", "service", "reach", "queue", "shared_by", "inode",
]  # fmt: skip


def test_json_has_the_contract_and_the_socket(portview: Run, listener: socket.socket) -> None:
    done = portview("ls", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr, document["schema"]) == (0, "", 1)
    assert "hidden" in document
    [entry] = [each for each in document["sockets"] if each["port"] == listener.getsockname()[1]]
    assert list(entry)[: len(_KEYS)] == _KEYS
    assert (entry["protocol"], entry["address"], entry["state"]) == ("tcp", "127.0.0.1", "LISTEN")
    assert entry["pids"] == [os.getpid()]
    assert entry["reach"] == "loopback"


def test_text_shows_port_owner_and_reach(portview: Run, listener: socket.socket) -> None:
    done = portview("ls")
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["PORT", "PROTO", "ADDRESS"]
    [row] = [line.split() for line in lines if line.split()[:1] == [str(listener.getsockname()[1])]]
    assert row[1:4] == ["tcp", "127.0.0.1", "loopback"]
    assert str(os.getpid()) in row


def test_tcp_and_udp_can_be_chosen(portview: Run, listener: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        only_tcp = json.loads(portview("ls", "--tcp", "--json").stdout)["sockets"]
        only_udp = json.loads(portview("ls", "--udp", "--json").stdout)["sockets"]
        udp_port = udp.getsockname()[1]
    assert listener.getsockname()[1] in {each["port"] for each in only_tcp}
    assert {each["protocol"] for each in only_tcp} == {"tcp"}
    assert udp_port in {each["port"] for each in only_udp}
    assert {each["protocol"] for each in only_udp} == {"udp"}


def test_all_shows_connections(portview: Run, listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()) as client:
        sockets = json.loads(portview("ls", "--all", "--json").stdout)["sockets"]
        client_port = client.getsockname()[1]
    states = {each["state"] for each in sockets if each["port"] == client_port}
    assert states == {"ESTABLISHED"}
