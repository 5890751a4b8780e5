import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from tests.cli.conftest import Run, on_terminal

_SERVE_TWO = """
import socket, sys
servers = [socket.create_server(("127.0.0.1", int(port)), reuse_port=True) for port in (sys.argv[1], 0)]
print(servers[0].getsockname()[1])
sys.stdin.read()
"""
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


def test_an_interface_and_a_peer_are_written_as_ss_does(portview: Run) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        try:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        except PermissionError:
            pytest.skip("takes root")
        port = server.getsockname()[1]
        with socket.create_connection(("::1", port)) as client:
            inner = client.getsockname()[1]
            lines = portview("ls", "--all", f":{port}").stdout.splitlines()
    rows = [line.split()[1:6] for line in lines if line.split()[:1] == [str(port)]]
    assert ["tcp", "::1%lo", "loopback", "LISTEN"] in [row[:4] for row in rows]
    assert ["tcp", "::1%lo", ">", f"[::1]:{inner}", "loopback"] in rows


@pytest.mark.parametrize("words", [(), ("--all",)])
def test_on_a_terminal_no_line_is_wider_and_what_has_no_room_is_named(
    listener: socket.socket, words: tuple[str, ...]
) -> None:
    port = listener.getsockname()[1]
    whole, narrow = (on_terminal("stdout", ("ls", f":{port}", *words), width) for width in (300, 45))
    assert "USER" in whole.splitlines()[0]
    assert "No room" not in whole
    lines = narrow.splitlines()
    assert max(map(len, lines)) <= 45
    assert [lines[0].split()[0], lines[1].split()[0]] == ["PORT", str(port)]
    assert "USER" not in lines[0]
    assert any(line.startswith("No room for ") and "USER" in line for line in lines)


def test_a_pipe_takes_every_column(portview: Run, listener: socket.socket) -> None:
    said = portview("ls", f":{listener.getsockname()[1]}").stdout
    assert said.splitlines()[0].split()[-3:] == ["PROCESS", "SERVICE", "UNIT"]
    assert "No room" not in said


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


def test_a_filter_that_can_hold_for_nothing_is_wrong_usage(portview: Run) -> None:
    done = portview("ls", "tcp", ":99999")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "portview: the filter :99999: ports end at 65535\n"


@pytest.mark.parametrize("arguments", [("udp", "--tcp"), ("udp", "tcp"), ("tcp", "proto:udp")])
def test_words_that_exclude_each_other_are_wrong_usage(portview: Run, arguments: tuple[str, ...]) -> None:
    done = portview("ls", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    words = " ".join(word.removeprefix("--") for word in arguments)
    assert done.stderr == f"portview: the filter {words}: these words exclude each other\n"


def test_a_filter_picks_sockets_for_both_forms(portview: Run, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    entries = json.loads(portview("ls", f":{port}", "reach:loopback", "--json").stdout)["sockets"]
    assert [each["port"] for each in entries] == [port]
    rows = [
        line for line in portview("ls", f":{port}").stdout.splitlines() if line.split()[:1] == [str(port)]
    ]
    assert len(rows) == 1


def test_json_tells_who_can_knock_where_it_comes_from_and_what_is_found(
    portview: Run, listener: socket.socket
) -> None:
    told = portview("ls", f":{listener.getsockname()[1]}", "--json").stdout
    [entry] = json.loads(told)["sockets"]
    assert entry["scope"] == "loopback"
    assert "only programs on this machine" in entry["who_can_knock"]
    assert entry["executable"] == os.readlink("/proc/self/exe")
    assert entry["parents"][0]["pid"] == os.getppid()
    assert {"direction", "findings", "forward", "activates", "suspects"} <= entry.keys()


def test_what_is_dangerous_stands_below_the_list(portview: Run) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        clients = [socket.create_connection(("127.0.0.1", port))]
        said = portview("ls", f":{port}").stdout
        for client in clients:
            client.close()
    assert f"\n!! {port}/tcp" in said
    assert "Its queue is full (certain). " in said
    assert f"What to do about it: portview ls :{port} --json" in said


def test_what_is_true_of_a_program_is_said_once_for_all_its_ports_and_processes(portview: Run) -> None:
    with ExitStack() as ends:
        port = "0"
        for _ in range(2):
            argv = [sys.executable, "-uc", _SERVE_TWO, port]
            program = ends.enter_context(
                subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
            ends.callback(program.kill)
            assert program.stdout is not None
            port = program.stdout.readline().decode().strip()
            program.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOWAIT)
        one = portview("ls", f"pid:{program.pid}").stdout
        both = portview("ls", f":{port}").stdout
    [of_its_ports] = [line for line in one.splitlines() if line.startswith("!! ")]
    assert of_its_ports.count("/tcp") == 2
    assert sum(line.startswith(f"{port} ") for line in both.splitlines()) == 2
    assert [line.count("/tcp") for line in both.splitlines() if line.startswith("!! ")] == [1]
