"""How one knock becomes one Attempt: what TCP and UDP have in common."""

import errno
import socket
import time

from portview.probe import errqueue
from portview.probe.addresses import family_of, sender_class
from portview.probe.outcomes import errno_name, outcome_of
from portview.probe.records import Attempt, Closing, IcmpError
from portview.vocabulary import Outcome


class Recorder:
    """Keeps the clock of one knock at `address` and `port`, and writes down how it ended."""

    def __init__(self, address: str, port: int) -> None:
        self.address = address
        self.port = port
        self.started = time.monotonic()

    def attempt(
        self,
        outcome: Outcome,
        sock: socket.socket | None = None,
        *,
        at: float | None = None,
        errno: str | None = None,
        stage: str | None = None,
        icmp: IcmpError | None = None,
        rtt_ms: float | None = None,
        first_bytes: bytes | None = None,
        closed_by: Closing | None = None,
        closed_after_ms: float | None = None,
    ) -> Attempt:
        """The record; `at` is the monotonic time of the outcome, now if it is not given."""
        local = _local_end(sock)
        return Attempt(
            address=self.address,
            family=family_of(self.address),
            port=self.port,
            outcome=outcome,
            elapsed_ms=((at or time.monotonic()) - self.started) * 1000,
            errno=errno,
            stage=stage,
            icmp=icmp,
            local_address=local[0] if local else None,
            local_port=local[1] if local else None,
            rtt_ms=rtt_ms,
            first_bytes=first_bytes,
            closed_by=closed_by,
            closed_after_ms=closed_after_ms,
        )

    def failure(self, code: int, stage: str, sock: socket.socket | None = None) -> Attempt:
        """The record of a system call that failed with error number `code`."""
        at = time.monotonic()
        icmp = self._icmp(sock) if sock is not None else None
        return self.attempt(
            outcome_of(code, has_icmp=icmp is not None),
            sock,
            at=at,
            errno=errno_name(code),
            stage=stage,
            icmp=icmp,
            closed_by=Closing.RST if code == errno.ECONNRESET else None,
        )

    def _icmp(self, sock: socket.socket) -> IcmpError | None:
        """The newest ICMP error in the socket's queue, with its sender classed."""
        newest = None
        while (queued := errqueue.read(sock)) is not None:
            if queued.is_icmp:
                newest = queued
        if newest is None:
            return None
        sender_is = sender_class(newest.sender, self.address) if newest.sender else None
        return IcmpError(newest.type, newest.code, newest.sender, sender_is)


def _local_end(sock: socket.socket | None) -> tuple[str, int] | None:
    if sock is None:
        return None
    try:
        name = sock.getsockname()
    except OSError:
        return None
    return (name[0], name[1]) if name[1] else None
