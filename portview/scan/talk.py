"""The first words of open ports, heard beside the scan: a few at a time, and never many of one host.

What answers a datagram has spoken already; to an open TCP port a connection of its own is made.
"""

import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

from portview.knowledge.speech import is_ssh
from portview.probe import conversation
from portview.probe.records import Target
from portview.probe.waiting import CancelledError
from portview.scan.records import PortResult, ScanHost
from portview.scan.said import Heard, Said, said_by, said_in
from portview.vocabulary import Protocol, State

SIDE_BY_SIDE = 16
MOST_OF_A_HOST = 100
"""Ports of one host that are spoken to; where more are open, what answers is hardly a service each."""
_TIMEOUT_S = 2.0
# OpenSSH counts who connects and leaves: with the scan's own knock this makes two connections.
_MOST_SSH_OF_A_HOST = 1


class Talker:
    """Hears open ports, in threads of its own where it must speak; `collect` hands out what is done."""

    def __init__(self, cancel: threading.Event) -> None:
        self.was_cut = False
        """Whether the cancel kept a port from being heard."""
        self._cancel = cancel
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="talk")
        self._waiting: dict[Future[Said | None], PortResult] = {}
        self._asked: Counter[str] = Counter()
        self._ssh_asked: Counter[str] = Counter()
        self._heard: list[Heard] = []

    @property
    def is_busy(self) -> bool:
        """Whether words are still waited for, or not handed out yet."""
        return bool(self._waiting or self._heard)

    def ask(self, result: PortResult, host: ScanHost) -> None:
        """Hear a port that was found open, as far as its host can bear it."""
        if result.first_bytes is not None:
            self._heard.append(Heard(result, said_in(result.first_bytes, result.port)))
        elif self._may_ask(result):
            self._waiting[self._pool.submit(self._speak, result, host)] = result
        else:
            self._heard.append(Heard(result, None))

    def collect(self) -> list[Heard]:
        """The ports that are done since the last call."""
        done = [future for future in self._waiting if future.done()]
        heard = [*self._heard, *(Heard(self._waiting.pop(future), future.result()) for future in done)]
        self._heard.clear()
        return heard

    def close(self) -> None:
        """End the threads; what is still waited for comes back without words when `cancel` is set."""
        self._pool.shutdown()

    def _may_ask(self, result: PortResult) -> bool:
        if result.state is not State.OPEN or result.protocol is not Protocol.TCP or self._is_cut():
            return False
        if is_ssh(result.port, result.protocol):
            self._ssh_asked[result.address] += 1
            if self._ssh_asked[result.address] > _MOST_SSH_OF_A_HOST:
                return False
        self._asked[result.address] += 1
        return self._asked[result.address] <= MOST_OF_A_HOST

    def _speak(self, result: PortResult, host: ScanHost) -> Said | None:
        if self._is_cut():
            return None
        target = Target(host.name or host.address, result.port)
        try:
            attempt = conversation.knock(target, result.address, timeout_s=_TIMEOUT_S, cancel=self._cancel)
        except CancelledError:
            self._is_cut()
            return None
        return said_by(attempt) if attempt.outcome.had_handshake else None

    def _is_cut(self) -> bool:
        self.was_cut |= self._cancel.is_set()
        return self.was_cut
