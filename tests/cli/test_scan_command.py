import contextlib
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from portview.scan.ports import popular_ports
from portview.vocabulary import Protocol
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


def test_a_single_port_is_no_ports(portview: Run, closed_port: int) -> None:
    done = portview("scan", "127.0.0.1", "-p", str(closed_port))
    assert "1 port closed: each knock was refused" in done.stdout
    assert "\n1 port in " in done.stdout


def test_what_was_not_sent_is_said_and_no_port_is_named(portview: Run) -> None:
    done = portview("scan", "fe80::1", "-p", "22,80")
    assert (done.returncode, done.stderr) == (0, "")
    assert "not sent: " in done.stdout
    assert "portview probe fe80::1 22 tells more" in done.stdout
    assert "filtered" not in done.stdout
    [host] = json.loads(portview("scan", "fe80::1", "-p", "22,80", "--json").stdout)["hosts"]
    assert host["verdict"] == "not_sent"
    assert [(port["state"], port["reason"]) for port in host["ports"]] == [("filtered", "no-route")] * 2


def test_a_rate_that_is_none_is_told_in_plain_words(portview: Run) -> None:
    for typed in ("abc", "0", "-1", "inf"):
        done = portview("scan", "127.0.0.1", "-p", "9", "--rate", typed)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"portview: --rate is how many knocks a second, not '{typed}'")


def test_an_own_port_whose_queue_is_full_is_not_left_as_filtered(portview: Run) -> None:
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        done = portview("scan", "127.0.0.1", "-p", f"{port},9")
    assert done.returncode == 0
    assert f"{port}/tcp is held by a program here: The listener's queue is full" in done.stdout


def test_octet_ranges(portview: Run, closed_port: int) -> None:
    done = portview("scan", "127.0.0.1-2", "-p", str(closed_port), "--json")
    hosts = json.loads(done.stdout)["hosts"]
    assert [(host["address"], host["verdict"]) for host in hosts] == [
        ("127.0.0.1", "up"),
        ("127.0.0.2", "up"),
    ]
    wrong = portview("scan", "127.0.0.2-1")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "did you mean 1-2" in wrong.stderr


def alone(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run in a network namespace with loopback only, where no name server can be asked."""
    script = 'ip link set lo up && exec "$@"'
    return subprocess.run(
        ["unshare", "--net", "sh", "-c", script, "sh", sys.executable, "-m", "portview", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.lab
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux")
def test_a_name_without_an_address_does_not_stop_the_others() -> None:
    wanted = ("scan", "nas.invalid", "127.0.0.1", "-p", "9")
    text = alone(*wanted)
    assert text.returncode == 0
    assert text.stderr.startswith("portview: nas.invalid has no address")
    assert "1 port closed" in text.stdout
    done = alone(*wanted, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    scanned, failed = json.loads(done.stdout)["hosts"]
    assert (scanned["address"], scanned["error"]) == ("127.0.0.1", None)
    assert (failed["address"], failed["name"], failed["ports"]) == (None, "nas.invalid", [])
    assert set(failed["counts"].values()) == {0}
    assert "no address" in failed["error"]
    none = alone("scan", "nas.invalid", "-p", "9")
    assert (none.returncode, none.stdout) == (2, "")
    assert "nas.invalid has no address" in none.stderr


@pytest.mark.lab
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux")
def test_without_a_route_nothing_is_sent() -> None:
    done = alone("scan", "192.0.2.7", "-p", "22")
    assert (done.returncode, done.stderr) == (0, "")
    assert "not sent: this machine has no way to such an address" in done.stdout


def popular_listener(address: str) -> socket.socket:
    """A listener at one of the ports that a scan knocks at first."""
    for port in popular_ports(Protocol.TCP):
        if port > 1024:
            with contextlib.suppress(OSError):
                return socket.create_server((address, port))
    raise AssertionError("every popular port is taken")


def test_an_interrupted_scan_says_of_which_hosts_nothing_is_known() -> None:
    # The hosts take turns in groups: the last ones have no result while the first are busy.
    with popular_listener("127.1.0.1") as server:
        server.settimeout(30)
        process = subprocess.Popen(
            [sys.executable, "-m", "portview", "scan", "127.1.0.0/22", "-p", "1-8200", "--yes"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        server.accept()[0].close()
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=40)
    assert process.returncode == 130
    assert "127.1.3.254 (" in stdout.split("  nothing finished\n")[-2].splitlines()[-1]
    assert "(interrupted: " in stdout


def test_several_targets(portview: Run, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    done = portview("scan", "127.0.0.1", "localhost", "127.0.0.2", "-p", str(port), "--json")
    hosts = {host["address"]: host["counts"] for host in json.loads(done.stdout)["hosts"]}
    assert hosts["127.0.0.1"]["open"] == 1
    assert hosts["127.0.0.2"]["closed"] == 1


def test_ctrl_c_keeps_what_was_found(listener: socket.socket) -> None:
    targets = [f"127.0.1.{last}" for last in range(1, 101)]
    process = subprocess.Popen(
        [sys.executable, "-m", "portview", "scan", *targets, "-p", "1-65535", "--jsonl", "--yes"],
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
    assert {json.loads(line)["address"] for line in (first, *rest.splitlines())} <= set(targets)
    assert "Traceback" not in stderr
