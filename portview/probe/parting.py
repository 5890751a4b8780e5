"""Whether a peer that says nothing is still there: its kernel acknowledges our closing, or does not.

The end of what a side has to say takes a place in its stream (RFC 9293, section 3.6): the peer's kernel
acknowledges it, also for a program that hangs. No byte is said, so servers that greet first take no
offence.
"""

import selectors
import socket
import threading
import time
from contextlib import suppress

from portview.probe import tcpinfo
from portview.probe.waiting import wait

# What was lost counts as sent again after twice the least timeout of 0.2 s, behind a tail loss probe
# (RFC 8985), and may be acknowledged a round trip later.
_RESEND_S = 0.6
_ROUND_TRIPS = 3
_STEP_S = 0.02


def is_acknowledged(sock: socket.socket, rtt_ms: float | None, cancel: threading.Event | None) -> bool | None:
    """End our side of a connection, and say whether the peer acknowledges that and all that was sent before.

    False only when it was sent again in vain; None: not known. Raises CancelledError when cancelled.
    """
    with suppress(OSError):  # reset meanwhile: the peer is there
        sock.shutdown(socket.SHUT_WR)
    until = time.monotonic() + _RESEND_S + _ROUND_TRIPS * (rtt_ms or 0.0) / 1000
    while (awaits := tcpinfo.awaits_last_word(sock)) and time.monotonic() < until:
        wait(sock, selectors.EVENT_READ, time.monotonic() + _STEP_S, cancel)
    if awaits is None:
        return None
    if not awaits:
        return True
    return False if tcpinfo.unacknowledged(sock) else None
