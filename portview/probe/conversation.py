"""A TCP knock that goes on until the service behind the port is known to answer, or not to.

A server that speaks first is only listened to. One that stays silent gets the opening that fits
the port; where nothing is known of the port, HTTP is tried and then, on a second connection, TLS.
A server that should greet and does not may speak TLS from the start, and is asked so on one connection
more. A port that turns all of it down may expect the PROXY protocol, and gets one more. One that stalled
gets two more, to see whether it is the size of the segments; one that is SSH's, or greets as SSH, gets one
in all, on which a server that does not greet hears a client's own first line.
"""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from portview.probe import tcp
from portview.probe.addresses import is_own
from portview.probe.exchange import exchange, is_answered
from portview.probe.nudges import Plan, plan_for
from portview.probe.politeness import is_sensitive
from portview.probe.records import Attempt, Nudge, Target
from portview.probe.talk_records import Exchange
from portview.probe.tcpinfo import handshake_rtt_ms
from portview.vocabulary import Outcome

_GREETING_S = 1.0  # for a server of which nothing is known
_SILENCE_S = 0.3  # after which a server is taken to wait for its client
_TALK_S = 0.9  # for all exchanges together, where the first does not fit
_GUESS_S = 0.45  # for the first of two
_WORTH_S = 0.05  # less is not enough for another
_BAD_REQUEST = 400

Say = Callable[[socket.socket], Exchange]


def knock(
    target: Target,
    address: str,
    *,
    timeout_s: float,
    cancel: threading.Event | None = None,
    on_connected: Callable[[Attempt], None] | None = None,
) -> Attempt:
    """Knock at one address of a target and hear, or make, the first words.

    `timeout_s` is for the handshake, and once more for the first words of a server that is known to
    speak: some look up their caller's name first, or wake from sleep. Otherwise what follows takes 1.2 s
    at most, unless the round trip is over 0.2 s, and half a second more where the exchange stalled. The
    arguments are those of `tcp.knock`.
    """
    plan = plan_for(target)
    talk = _Talk(plan, timeout_s, cancel)
    say: Say | None = talk.first if plan.nudges else None
    if is_sensitive(target):
        say = talk.as_ssh_client
    attempt = tcp.knock(
        address,
        target.port,
        timeout_s=timeout_s,
        listen_s=_SILENCE_S if plan.nudges else max(_GREETING_S, timeout_s if plan.greets else 0.0),
        cancel=cancel,
        on_connected=on_connected,
        say=say,
        part=True,
    )
    if attempt.exchanges and len(plan.nudges) > 1 and _wants_another(attempt.exchanges[0], plan):
        attempt = _with_another(attempt, talk.second, talk.left(), cancel)
    attempt = _judged(_compared(attempt, plan, cancel), plan)
    if is_sensitive(target):
        heard = tuple(one for one in attempt.exchanges if one.received or one.closed_by)
        return replace(attempt, exchanges=heard)
    if _owes_greeting(attempt, plan):
        asked = _with_another(attempt, talk.in_tls, _GUESS_S, cancel)
        attempt = asked if any(one.received for one in asked.exchanges) else attempt
    if not _is_turned_down(attempt, plan):
        return attempt
    return _with_another(attempt, talk.behind_proxy_line, _GUESS_S, cancel)


def _with_another(attempt: Attempt, say: Say, timeout_s: float, cancel: threading.Event | None) -> Attempt:
    """The attempt with one exchange more, on a connection of its own, where there is time for it."""
    if timeout_s < _WORTH_S:
        return attempt
    again = tcp.knock(
        attempt.address, attempt.port, timeout_s=timeout_s, listen_s=0.0, cancel=cancel, say=say
    )
    return replace(attempt, exchanges=attempt.exchanges + again.exchanges)


class _Talk:
    """The exchanges of one knock and the time they have together."""

    def __init__(self, plan: Plan, patience_s: float, cancel: threading.Event | None) -> None:
        self._plan, self._patience_s, self._cancel = plan, patience_s, cancel
        self._end = 0.0

    def left(self) -> float:
        """Seconds that remain."""
        return self._end - time.monotonic()

    def first(self, sock: socket.socket) -> Exchange:
        now = time.monotonic()
        rtt_s = (handshake_rtt_ms(sock) or 0.0) / 1000
        self._end = now + max(_TALK_S, 4 * rtt_s)
        until = now + (max(_TALK_S, self._patience_s) if self._plan.fits else max(_GUESS_S, 1.5 * rtt_s))
        return self._say(sock, self._plan.nudges[0], until)

    def second(self, sock: socket.socket) -> Exchange:
        return self._say(sock, self._plan.nudges[1], self._end)

    def in_tls(self, sock: socket.socket) -> Exchange:
        return self._say(sock, Nudge.TLS, time.monotonic() + _GUESS_S)

    def as_ssh_client(self, sock: socket.socket) -> Exchange:
        return self._say(sock, Nudge.SSH, time.monotonic() + _GUESS_S)

    def behind_proxy_line(self, sock: socket.socket) -> Exchange:
        return self._say(sock, Nudge.PROXY, time.monotonic() + _GUESS_S)

    def _say(self, sock: socket.socket, nudge: Nudge, until: float) -> Exchange:
        return exchange(sock, self._plan, nudge, until, self._cancel)


def _wants_another(first: Exchange, plan: Plan) -> bool:
    """Whether the second opening can tell more: a fitting one that meets silence met a dead server."""
    silent = not first.received and first.closed_by is None
    return not is_answered(first) and not (silent and plan.fits)


def _is_turned_down(attempt: Attempt, plan: Plan) -> bool:
    """Whether a server hung up on all that was said, or called it bad; or is silent, and used to greet."""
    if not attempt.exchanges:
        return _owes_greeting(attempt, plan)
    first = attempt.exchanges[0]
    if first.nudge is Nudge.TLS and first.reply and not first.tls:
        return False  # it only speaks plain text
    return all(
        one.http.status == _BAD_REQUEST if one.http else one.closed_by and not one.received
        for one in attempt.exchanges
    )


def _owes_greeting(attempt: Attempt, plan: Plan) -> bool:
    """Whether a server that used to speak first is silent, and its kernel hears."""
    silent = attempt.outcome is Outcome.CONNECTED and not attempt.first_bytes
    return plan.greets and silent and attempt.acknowledged is not False


def _compared(attempt: Attempt, plan: Plan, cancel: threading.Event | None) -> Attempt:
    """The attempt with a look at its segments, where something said got lost on a network."""
    from portview.probe import mtu  # few knocks stall

    nudge = mtu.stalled(attempt.exchanges)
    if nudge is None or is_own(attempt.address):
        return attempt
    return replace(attempt, clamp=mtu.compare(attempt.address, plan, nudge, attempt.rtt_ms, cancel))


def _judged(attempt: Attempt, plan: Plan) -> Attempt:
    """A server that hangs up on its own protocol has closed the connection without serving.

    Where the protocol is unknown, hanging up on ours may be right.
    """
    talks = attempt.exchanges
    if plan.fits and talks and all(talk.closed_by and not talk.received for talk in talks):
        return replace(attempt, outcome=Outcome.CLOSED_BY_PEER, closed_by=talks[0].closed_by)
    return attempt
