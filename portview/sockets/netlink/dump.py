"""Dumps of the kernel's socket tables, one after the other."""

import operator
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from portview.netlink.messages import DATAGRAM_BYTES, Datagram, open_socket, read_datagram, request
from portview.sockets.entry import CLOSE, LISTEN, Entry
from portview.sockets.netlink.inet_diag import SOCK_DIAG_BY_FAMILY, body, parse, stable_part
from portview.vocabulary import Protocol

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG
_ALL = (1 << 14) - 1  # to TCP_BOUND_INACTIVE, which kernels before 6.8 do not know and pass over
_TRIES = 4


class _Table(NamedTuple):
    protocol: Protocol
    family: int
    listening: int


_TABLES = (
    _Table(Protocol.TCP, socket.AF_INET, 1 << LISTEN),
    _Table(Protocol.TCP, socket.AF_INET6, 1 << LISTEN),
    _Table(Protocol.UDP, socket.AF_INET, 1 << CLOSE),
    _Table(Protocol.UDP, socket.AF_INET6, 1 << CLOSE),
)

OpenSocket = Callable[[], socket.socket]


def open_sock_diag() -> socket.socket:
    """A socket to ask at. Raises OSError where there is no sock_diag or a sandbox closes it."""
    return open_socket(_SOCK_DIAG)


class _Answer(NamedTuple):
    data: bytes
    frame: Datagram


class NetlinkTables:
    """The sockets of this network namespace, dumped by the kernel; see `Tables`.

    Where every datagram is the same, byte for byte, as in the dump before, none is taken apart, and
    else only the sockets that are new.
    """

    name = "netlink"

    def __init__(self, opened: OpenSocket = open_sock_diag) -> None:
        self._open = opened
        self._answers: list[list[_Answer]] = [[] for _ in _TABLES]
        self._parsed: list[Entry | None] = []  # one for each message
        self._entries: list[Entry] = []

    def read(self, *, everything: bool) -> Sequence[Entry]:
        """Dump all four tables. Raises OSError when one is refused or the answer is broken."""
        before = self._answers
        with self._open() as asked:
            self._answers = [
                _dump(asked, number, table, everything=everything, before=before[number])
                for number, table in enumerate(_TABLES)
            ]
        if not all(map(_is_same, self._answers, before)):
            keys = map(stable_part, _messages(chain.from_iterable(before)))
            self._parsed = list(self._parse(dict(zip(keys, self._parsed, strict=True))))
            entries = [entry for entry in self._parsed if entry is not None]
            if entries != self._entries:
                self._entries = entries
        return self._entries

    def _parse(self, known: Mapping[bytes, Entry | None]) -> Iterator[Entry | None]:
        for table, answers in zip(_TABLES, self._answers, strict=True):
            for message in _messages(answers):
                old = known.get(stable_part(message)) if known else None
                yield old or parse(message, table.protocol)


def _messages(answers: Iterable[_Answer]) -> Iterator[bytes]:
    return chain.from_iterable(answer.frame.payloads for answer in answers)


def _dump(
    asked: socket.socket, number: int, table: _Table, *, everything: bool, before: list[_Answer]
) -> list[_Answer]:
    """The answers of one table, taken from `before` where they are the same; again when interrupted."""
    wanted = body(table.protocol, table.family, _ALL if everything else table.listening)
    answers: list[_Answer] = []
    for _ in range(_TRIES):
        asked.send(request(SOCK_DIAG_BY_FAMILY, wanted, number, dump=True))
        answers = []
        while not answers or not answers[-1].frame.done:
            data = asked.recv(DATAGRAM_BYTES)
            old = before[len(answers)] if len(answers) < len(before) else None
            answers.append(
                old if old is not None and old.data == data else _Answer(data, read_datagram(data, number))
            )
        if not any(answer.frame.interrupted for answer in answers):
            break
    return answers


def _is_same(answers: list[_Answer], before: list[_Answer]) -> bool:
    return len(answers) == len(before) and all(map(operator.is_, answers, before))
