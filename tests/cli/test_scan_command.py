import json
import signal
import socket
import subprocess
import sys

from tests.cli.conftest import Run


def test_json_finds_the_open_port(portview: Run, listener: socket.socket, closed_port: int) -> None:
    port = listener.getsockname()[1]
    done = portview("scan", "127.0.0.1", "-p", f"{port},{closed_port}", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr, document["schema"]) == (0, "", 1)
    [host] = document["hosts"]
    assert host["address"] == "127.0.0.1"
    assert host["counts"] == {"open": 1, "closed": 1, "filtered": 0} | {
        state: 0 for state in host["counts"] if state == "open|filtered"
    }
    [found] = [each for each in host["ports"] if each["port"] == port]
    assert found.keys() >= {"port", "protocol", "state", "reason", "sender", "service"}
    assert (found["state"], found["reason"], found["sender"]) == ("open", "syn-ack", None)


def test_jsonl_has_a_line_for_each_port(portview: Run, listener: socket.socket, closed_port: int) -> None:
    port = listener.getsockname()[1]
    done = portview("scan", "127.0.0.1", "-p", f"{port},{closed_port}", "--jsonl")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(each["port"], each["state"]) for each in lines} == {(port, "open"), (closed_port, "closed")}


def test_text_names_open_ports_and_counts_the_rest(portview: Run, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    done = portview("scan", "127.0.0.1", "-p", "-")
    assert done.returncode == 0
    assert f"{port}/tcp" in done.stdout
    assert "65535 ports in" in done.stdout
    assert "ports closed" in done.stdout


def test_several_targets(portview: Run, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    done = portview("scan", "127.0.0.1", "localhost", "127.0.0.2", "-p", str(port), "--json")
    hosts = {host["address"]: host["counts"] for host in json.loads(done.stdout)["hosts"]}
    assert hosts["127.0.0.1"]["open"] == 1
    assert hosts["127.0.0.2"]["closed"] == 1


def test_ctrl_c_keeps_what_was_found(listener: socket.socket) -> None:
    targets = [f"127.0.1.{last}" for last in range(1, 101)]
    process = subprocess.Popen(
        [sys.executable, "-m", "portview", "scan", *targets, "-p", "1-65535", "--jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        stderr = process.stderr.read()
    assert process.wait(timeout=20) == 130
    assert json.loads(first)["state"] == "closed"
    assert all(json.loads(line) for line in rest.splitlines())
    assert "Traceback" not in stderr
