"""One TCP knock: connect, and everything the kernel tells about how it ended."""

import errno
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from portview.probe import errqueue, talk
from portview.probe.outcomes import PENDING
from portview.probe.recorder import Recorder
from portview.probe.records import Attempt
from portview.probe.sockaddr import limit_hops, socket_address
from portview.probe.tcpinfo import handshake_rtt_ms, was_sent
from portview.probe.waiting import wait
from portview.vocabulary import Outcome

if TYPE_CHECKING:  # a quick knock has none of these
    from portview.probe.talk_records import Exchange

_ROUND_TRIPS = 1.5


def knock(
    address: str,
    port: int,
    *,
    timeout_s: float,
    listen_s: float | None,
    ttl: int | None = None,
    segment: int | None = None,
    cancel: threading.Event | None = None,
    on_connected: Callable[[Attempt], None] | None = None,
    say: "Callable[[socket.socket], Exchange] | None" = None,
    part: bool = False,
) -> Attempt:
    """Connect to one address and say how it ended.

    After the handshake the peer's first words are waited for: `listen_s` seconds at most, None for
    not at all. `ttl` is how many hops the packets may go (the system's default if None): too few, and a
    router reports ICMP time exceeded. `segment` is the most bytes that one segment of either side may
    hold (the way's if None). `on_connected` hears of the handshake before that wait begins.
    `say` speaks on a connection that stayed silent. `part` closes one over which nothing came and looks
    whether the peer acknowledges that. Raises CancelledError when `cancel` is set meanwhile.
    """
    recorder = Recorder(address, port)
    try:
        family, name = socket_address(address, port)
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        return recorder.failure(error.errno or 0, "socket")
    with sock:
        sock.setblocking(False)
        errqueue.enable(sock)
        if ttl is not None:
            limit_hops(sock, ttl)
        if segment is not None:
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
            except OSError as error:  # not every system takes it before the handshake
                return recorder.failure(error.errno or 0, "socket", sock)
        code = sock.connect_ex(name)
        if code == PENDING:
            if not wait(sock, selectors.EVENT_WRITE, recorder.started + timeout_s, cancel):
                return replace(recorder.attempt(Outcome.TIMED_OUT, sock), sent=was_sent(sock))
            code = _pending_error(sock)
        if code == errno.ECONNRESET:
            # A RST to the SYN is ECONNREFUSED: this one ended a connection before our first look at it.
            return replace(recorder.failure(code, "recv", sock), closed_after_ms=0.0)
        if code:
            return recorder.failure(code, "connect", sock)
        attempt = _connected(recorder, sock)
        if attempt.outcome is not Outcome.CONNECTED or listen_s is None:
            return attempt
        if on_connected is not None:
            on_connected(attempt)
        if say is not None and listen_s:
            # What the peer does at once is seen a round trip later: on a long way that takes its time.
            listen_s = max(listen_s, _ROUND_TRIPS * (attempt.rtt_ms or 0.0) / 1000)
        words = talk.listen(sock, time.monotonic() + listen_s, cancel)
        attempt = _listened(attempt, words)
        if words.data or words.closed_by or words.errno:
            return attempt
        if say is not None:
            attempt = replace(attempt, exchanges=(say(sock),))
        if part and not any(one.received or one.closed_by for one in attempt.exchanges):
            from portview.probe import parting  # few peers say nothing at all

            attempt = replace(attempt, acknowledged=parting.is_acknowledged(sock, attempt.rtt_ms, cancel))
        return attempt


def _pending_error(sock: socket.socket) -> int:
    """How the connect ended; the error queue stays as it is."""
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def _connected(recorder: Recorder, sock: socket.socket) -> Attempt:
    attempt = recorder.attempt(Outcome.CONNECTED, sock, rtt_ms=handshake_rtt_ms(sock))
    try:
        peer = sock.getpeername()
    except OSError:
        return attempt  # reset already; the first words will tell
    if sock.getsockname() != peer:
        return attempt
    # A closed port of this machine, taken by the kernel as our own outgoing port: the socket has
    # connected to itself (simultaneous open, RFC 9293 section 3.5) and nobody listens.
    return replace(attempt, outcome=Outcome.REFUSED, self_connect=True)


def _listened(attempt: Attempt, words: talk.FirstWords) -> Attempt:
    return replace(
        attempt,
        outcome=Outcome.CLOSED_BY_PEER if words.closed_by else Outcome.CONNECTED,
        errno=words.errno,
        stage="recv" if words.errno else None,
        first_bytes=words.data or None,
        closed_by=words.closed_by,
        closed_after_ms=words.closed_after_ms,
    )
