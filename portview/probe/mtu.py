"""Whether large packets get lost on a way that small ones pass: an MTU black hole (RFC 2923, section 2.1).

A tunnel takes less than the full packet, and the ICMP error that says so is filtered. The handshake and
short messages work, and the first full segment never arrives. Clients that ask for small segments in
their SYN (RFC 9293, section 3.7.1) are served.
"""

import selectors
import socket
import threading
import time
from functools import partial

from portview.probe import tcp, tcpinfo
from portview.probe.background import gather
from portview.probe.exchange import exchange
from portview.probe.nudges import Plan
from portview.probe.records import Attempt, Nudge
from portview.probe.talk_records import ClampTest, Exchange
from portview.probe.waiting import wait
from portview.vocabulary import Outcome

# With its headers it fits into 1280 bytes, which every IPv6 link takes and nearly every tunnel.
SEGMENT = 1000
# Only these are answered at length.
_LONG_ANSWERS = frozenset({Nudge.HTTP, Nudge.TLS})
_WAIT_S = 0.45
_ROUND_TRIPS = 6
# Small segments must bring the answer well before the others are given up: a slow server is only slow.
_EARLY = 2 / 3
_GRACE_S = 0.5
# After which a segment without an acknowledgement is sent again (RFC 6298, with Linux' minimum of 0.2 s).
_RESEND_S = 0.25


def stalled(exchanges: tuple[Exchange, ...]) -> Nudge | None:
    """What was said in vain, or answered in part only, on a connection that stayed open."""
    return next((one.nudge for one in exchanges if one.nudge in _LONG_ANSWERS and _is_stalled(one)), None)


def _is_stalled(one: Exchange) -> bool:
    if one.closed_by is not None:
        return False
    tls = one.tls
    unfinished = tls is not None and not (tls.version or tls.alert is not None or tls.error)
    return not one.received or (unfinished and not one.reply)


def compare(
    address: str, plan: Plan, nudge: Nudge, rtt_ms: float | None, cancel: threading.Event | None
) -> ClampTest | None:
    """Say `nudge` again on two fresh connections, one of them with small segments.

    It takes half a second, unless the round trip is over 75 ms. None when there was no time for both, or
    where this system does not make segments small.
    Raises CancelledError when cancelled.
    """
    wait_s = max(_WAIT_S, _ROUND_TRIPS * (rtt_ms or 0.0) / 1000)
    now = time.monotonic()
    plain = _Twin(plan, nudge, now + wait_s, cancel)
    small = _Twin(plan, nudge, now + wait_s * _EARLY, cancel)
    knock = partial(tcp.knock, address, plan.target.port, timeout_s=wait_s, listen_s=0.0, cancel=cancel)
    # The plain one goes first: a server that serves one caller after the other serves it first.
    knocks = [partial(knock, say=plain.say), partial(knock, say=small.say, segment=SEGMENT)]
    found = dict(gather(knocks, now + wait_s + _GRACE_S, cancel))
    if len(found) < len(knocks) or found[1].outcome is Outcome.LOCAL_ERROR:
        return None
    again = stalled(found[0].exchanges) is not None
    return ClampTest(SEGMENT, _is_answered(found[1]), again, plain.unacknowledged, plain.out_of_order)


def _is_answered(attempt: Attempt) -> bool:
    heard = bool(attempt.first_bytes) or any(one.received for one in attempt.exchanges)
    return heard and stalled(attempt.exchanges) is None


class _Twin:
    """One of the two: it speaks, and then asks the kernel what was lost."""

    def __init__(self, plan: Plan, nudge: Nudge, until: float, cancel: threading.Event | None) -> None:
        self._plan, self._nudge, self._until, self._cancel = plan, nudge, until, cancel
        self.unacknowledged: int | None = None
        self.out_of_order: int | None = None

    def say(self, sock: socket.socket) -> Exchange:
        said = exchange(sock, self._plan, self._nudge, self._until, self._cancel)
        if tcpinfo.may_be_lost(sock):
            wait(sock, selectors.EVENT_READ, time.monotonic() + _RESEND_S, self._cancel)
        self.unacknowledged = tcpinfo.unacknowledged(sock)
        self.out_of_order = tcpinfo.out_of_order(sock)
        return said
