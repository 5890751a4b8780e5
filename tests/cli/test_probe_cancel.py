"""Ctrl-C at a real process: what was seen so far is shown, kept, and never taken for more."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portview.diagnose.saved import read


@pytest.fixture
def full() -> Iterator[int]:
    """A port whose accept queue is full: the next caller waits in silence."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as server,
        socket.create_connection(server.getsockname()),
    ):
        yield server.getsockname()[1]


def _interrupted(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `portview probe`, send SIGINT once it says that it tries; its end and what it wrote."""
    argv = [sys.executable, "-m", "portview", "probe", *arguments]
    terminal, stderr = os.openpty()
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=stderr, text=True)
    os.close(stderr)
    told = b""
    try:
        while b"Trying" not in told:
            told += os.read(terminal, 1000)
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=30)
        return subprocess.CompletedProcess(argv, process.returncode, stdout)
    finally:
        process.kill()
        os.close(terminal)


def test_a_silent_knock(full: int, tmp_path: Path) -> None:
    file = tmp_path / "knock.json"
    done = _interrupted("127.0.0.1", str(full), "--timeout", "200", "--json", "--save", str(file))
    assert done.returncode == 130
    document = json.loads(done.stdout)
    assert (document["outcome"], document["pattern"], document["cancelled"]) == (
        "cancelled",
        "knock_cancelled",
        True,
    )
    assert (document["attempts"], document["causes"]) == ([], [])
    assert document["unknown_because"]["path"] == "cancelled"
    assert read(file).observation.cancelled


def test_in_words(full: int) -> None:
    done = _interrupted("127.0.0.1", str(full), "--timeout", "200")
    assert done.returncode == 130
    assert "Cancelled: this is what was seen so far." in done.stdout
    assert "firewall" not in done.stdout
