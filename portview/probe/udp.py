"""One UDP knock: a datagram, and the answer, ICMP error or silence that follows."""

import selectors
import socket
import threading
import time

from portview.probe import errqueue
from portview.probe.payloads import payload_for
from portview.probe.recorder import Recorder
from portview.probe.records import Attempt
from portview.probe.sockaddr import socket_address
from portview.probe.waiting import wait
from portview.vocabulary import Outcome

_MAX_BYTES = 2048
# A datagram or its ICMP answer may be lost or rate limited (Linux: one a second): ask again.
_RESEND_S = 1.0


def knock(address: str, port: int, *, timeout_s: float, cancel: threading.Event | None = None) -> Attempt:
    """Send what a client of this port would say first, again each second, until something comes.

    Raises CancelledError when `cancel` is set meanwhile.
    """
    recorder = Recorder(address, port)
    try:
        family, name = socket_address(address, port)
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        return recorder.failure(error.errno or 0, "socket")
    with sock:
        sock.setblocking(False)
        errqueue.enable(sock)
        stage = "connect"
        try:
            sock.connect(name)
            end = recorder.started + timeout_s
            while (now := time.monotonic()) < end:
                stage = "send"
                sock.send(payload_for(port))
                stage = "recv"
                if wait(sock, selectors.EVENT_READ, min(now + _RESEND_S, end), cancel):
                    data = sock.recv(_MAX_BYTES)
                    return recorder.attempt(Outcome.ANSWERED, sock, first_bytes=data)
        except OSError as error:
            return recorder.failure(error.errno or 0, stage, sock)
        return recorder.attempt(Outcome.NO_ANSWER, sock)
