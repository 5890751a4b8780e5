"""Knocks at faulty services of this machine, which its own tables explain."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's tables")

_SERVE = """
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def stopped_port() -> Iterator[int]:
    """A port whose listener is held by a process that a signal has stopped."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            assert program.stdout is not None
            port = int(program.stdout.readline())
            program.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOWAIT)
            yield port
        finally:
            program.kill()


def test_a_stopped_service(portview: Run, stopped_port: int) -> None:
    document = json.loads(portview("probe", "127.0.0.1", str(stopped_port), "--json").stdout)
    first = document["causes"][0]
    assert (document["outcome"], first["id"], first["confidence"]) == (
        "connected",
        "service_stopped",
        "certain",
    )
    assert [cause["id"] for cause in document["causes"]] == ["service_stopped"]
    assert re.search(r"kill -CONT [0-9]+ ", first["fix"])
    assert any("is stopped" in because for because in first["because"])


def test_what_listens_on_loopback_is_not_to_be_opened_to_others(portview: Run) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        port = server.getsockname()[1]
        document = json.loads(portview("probe", "127.0.0.1", str(port), "--json").stdout)
    first = document["causes"][0]
    assert (first["id"], first["confidence"]) == ("v6_only", "certain")
    assert "listen on 127.0.0.1 as well" in first["fix"]
    assert "0.0.0.0" not in first["fix"]


def test_a_full_queue(portview: Run) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            done = portview("probe", "127.0.0.1", str(port), "--json", "--timeout", "1.2")
    document = json.loads(done.stdout)
    first = document["causes"][0]
    assert (document["outcome"], first["id"], first["confidence"]) == (
        "timed_out",
        "accept_queue_full",
        "certain",
    )
    assert len(document["causes"]) == 1
    assert "fact: waiting to be accepted: 1, and the queue holds 0" in first["because"]
