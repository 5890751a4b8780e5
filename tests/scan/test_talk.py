import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from portview.probe.records import Closing
from portview.scan import talk
from portview.scan.records import PortResult, Reason, ScanHost
from portview.scan.said import Heard, Said
from portview.scan.talk import Talker
from portview.vocabulary import Protocol, State

HOST = ScanHost("127.0.0.1")


def found(port: int, state: State = State.OPEN, protocol: Protocol = Protocol.TCP) -> PortResult:
    return PortResult(HOST.address, port, protocol, state, Reason.SYN_ACK)


def hear_all(talker: Talker) -> dict[int, Heard]:
    heard: dict[int, Heard] = {}
    end = time.monotonic() + 20
    while talker.is_busy and time.monotonic() < end:
        heard.update((one.result.port, one) for one in talker.collect())
        time.sleep(0.01)
    talker.close()
    assert not talker.is_busy
    return heard


class Greeter:
    """A server that greets whoever comes, and counts them."""

    def __init__(self, words: bytes) -> None:
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self._words = words
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with client:
                client.sendall(self._words)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join(5)


@pytest.fixture
def greeters() -> Iterator[list[Greeter]]:
    with ExitStack() as stack:
        made = [Greeter(f"SSH-2.0-number{number}\r\n".encode()) for number in range(4)]
        for one in made:
            stack.callback(one.close)
        yield made


def test_each_open_port_is_heard_once(greeters: list[Greeter]) -> None:
    talker = Talker(threading.Event())
    for one in greeters:
        talker.ask(found(one.port), HOST)
    heard = hear_all(talker)
    said = {port: one.said for port, one in heard.items()}
    assert {port: one.banner for port, one in said.items() if one} == {
        one.port: f"SSH-2.0-number{number}" for number, one in enumerate(greeters)
    }
    assert [one.connections for one in greeters] == [1] * 4
    assert not talker.was_cut


def test_who_hangs_up_without_a_word_is_told_from_who_is_silent() -> None:
    greeter = Greeter(b"")
    talker = Talker(threading.Event())
    talker.ask(found(greeter.port), HOST)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        talker.ask(found(port), HOST)
        heard = hear_all(talker)
    greeter.close()
    assert {one.result.port: one.said for one in heard.values()} == {
        greeter.port: Said(closed_by=Closing.FIN),
        port: Said(),
    }


def test_what_is_not_an_open_tcp_port_is_not_spoken_to(greeters: list[Greeter]) -> None:
    talker = Talker(threading.Event())
    port = greeters[0].port
    talker.ask(found(port, State.CLOSED), HOST)
    talker.ask(replace(found(port, protocol=Protocol.UDP), first_bytes=b"\x1bhello"), HOST)
    assert [one.said for one in talker.collect()] == [None, Said("hello")]
    assert not talker.is_busy
    assert greeters[0].connections == 0
    talker.close()


def test_a_host_is_spoken_to_only_so_often(greeters: list[Greeter], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "MOST_OF_A_HOST", 2)
    talker = Talker(threading.Event())
    for one in greeters:
        talker.ask(found(one.port), HOST)
    heard = hear_all(talker)
    assert len(heard) == 4
    assert sum(one.connections for one in greeters) == 2


def test_of_the_ssh_ports_of_a_host_one_is_spoken_to(
    greeters: list[Greeter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "is_ssh", lambda port, protocol: True)
    talker = Talker(threading.Event())
    for one in greeters:
        talker.ask(found(one.port), HOST)
    assert len(hear_all(talker)) == 4
    assert sum(one.connections for one in greeters) == 1


def test_a_cancel_ends_the_waiting() -> None:
    cancel = threading.Event()
    talker = Talker(cancel)
    with ExitStack() as stack:
        for _ in range(40):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            talker.ask(found(listener.getsockname()[1]), HOST)
        cancel.set()
        heard = hear_all(talker)
    assert len(heard) == 40
    assert not any(one.said for one in heard.values())
    assert talker.was_cut
