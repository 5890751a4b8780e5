"""The program as people run it: a process of its own."""

import fcntl
import os
import pty
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

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


def on_terminal(
    stream: Literal["stdout", "stderr"],
    arguments: Sequence[str],
    columns: int,
    typed: bytes = b"",
    **environment: str,
) -> str:
    """What a command writes to one of its streams, a terminal that is so wide; the other goes nowhere."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "portview", *arguments],
        stdin=theirs,
        stdout=theirs if stream == "stdout" else subprocess.DEVNULL,
        stderr=theirs if stream == "stderr" else subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", **environment},
    ):
        os.close(theirs)
        os.write(ours, typed)
        said = b""
        while piece := _read(ours):
            said += piece
    os.close(ours)
    return said.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # all others have closed it
        return b""
