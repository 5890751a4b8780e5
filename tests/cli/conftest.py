"""The program as people run it: a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def portview() -> Run:
    """Run a command line to its end; stdin is empty, both outputs are captured."""

    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "portview", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=50,
            env={**os.environ, **environment},
            check=False,
        )

    return run


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A TCP listener on loopback that accepts nothing by itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is bound, so nobody else can take it, and does not listen: it answers RST."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]
