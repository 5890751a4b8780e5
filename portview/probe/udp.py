"""One UDP knock: a datagram, and the answer, ICMP error or silence that follows."""

import selectors
import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import replace

from portview.probe import errqueue
from portview.probe.outcomes import of_datagram
from portview.probe.payloads import payload_for
from portview.probe.recorder import Recorder
from portview.probe.records import Attempt
from portview.probe.sockaddr import limit_hops, socket_address
from portview.probe.waiting import wait
from portview.vocabulary import Outcome

_MAX_BYTES = 2048
# A datagram or its ICMP answer may be lost or rate limited (Linux: one a second): ask again.
_RESEND_S = 1.0


def knock(
    address: str,
    port: int,
    *,
    timeout_s: float,
    ttl: int | None = None,
    cancel: threading.Event | None = None,
) -> Attempt:
    """Send what a client of this port would say first, again each second, until something comes.

    An answer from another address or port counts too, and is marked: a server with several addresses
    may send it, and TFTP does. `ttl` is how many hops the datagram may go (the system's default if None).
    Raises CancelledError when `cancel` is set meanwhile.
    """
    recorder = Recorder(address, port)
    try:
        family, name = socket_address(address, port)
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        return recorder.failure(error.errno or 0, "socket")
    with sock, ExitStack() as stack:
        sock.setblocking(False)
        errqueue.enable(sock)
        if ttl is not None:
            limit_hops(sock, ttl)
        stage = "connect"
        try:
            sock.connect(name)
            strays = _strays(sock, stack)
            end = recorder.started + timeout_s
            while (now := time.monotonic()) < end:
                stage = "send"
                sock.send(payload_for(port))
                stage = "recv"
                if wait(sock, selectors.EVENT_READ, min(now + _RESEND_S, end), cancel):
                    data = sock.recv(_MAX_BYTES)
                    return recorder.attempt(Outcome.ANSWERED, sock, first_bytes=data)
                if (answer := _received(strays)) is not None:
                    data, sender = answer
                    attempt = recorder.attempt(Outcome.ANSWERED, sock, first_bytes=data)
                    return replace(attempt, answered_from=sender)
        except OSError as error:
            return recorder.failure(of_datagram(error.errno or 0), stage, sock)
        return recorder.attempt(Outcome.NO_ANSWER, sock)


def _strays(sock: socket.socket, stack: ExitStack) -> socket.socket | None:
    """A socket that hears what anybody but the peer sends to the port of a connected one."""
    try:
        strays = stack.enter_context(socket.socket(sock.family, socket.SOCK_DGRAM))
        strays.setblocking(False)
        for each in (sock, strays):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        strays.bind(sock.getsockname())
    except OSError:
        return None  # no descriptor left, or a system that does not share ports so
    return strays


def _received(strays: socket.socket | None) -> tuple[bytes, str] | None:
    """A datagram, and the address and port it came from, if there is one."""
    if strays is None:
        return None
    try:
        data, sender = strays.recvfrom(_MAX_BYTES)
    except OSError:
        return None
    return data, f"{sender[0]} {sender[1]}"
