"""Small TCP servers on loopback, each in a thread of the test."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

Greet = Callable[[socket.socket], None]


@pytest.fixture
def serve() -> Iterator[Callable[..., int]]:
    """Start a server that greets each caller; returns its port. Whoever is not hung up on is kept."""
    listeners: list[socket.socket] = []
    kept: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(greet: Greet = lambda _: None, address: str = "127.0.0.1") -> int:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, 0), family=family)
        listeners.append(listener)

        def run() -> None:
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                kept.append(connection)
                with suppress(ConnectionError):  # who knocks only to compare has left already
                    greet(connection)

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()
        port: int = listener.getsockname()[1]
        return port

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)  # wakes the accept
    for thread in threads:
        thread.join(5)  # it may be keeping one more
    for listener in listeners:
        listener.close()
    for connection in kept:
        connection.close()


@pytest.fixture
def closed_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
