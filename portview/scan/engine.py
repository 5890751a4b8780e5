"""The scan itself: thousands of knocks in flight, each with its own socket, and no thread but one.

A knock that stays silent for its host's timeout gives its place in the window to the next one, but
its socket stays open: an answer that comes late still counts. A silent port is asked a second time
before it is called filtered.
"""

import errno
import heapq
import itertools
import math
import socket
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from functools import cache

from portview.probe import errqueue
from portview.probe.addresses import is_own
from portview.probe.rtnetlink import Neighbour
from portview.scan import order, states
from portview.scan.knock import EAGER_MISSES, Host, Knock, Try
from portview.scan.neighbours import unanswered
from portview.scan.pacing import Timing, Window
from portview.scan.poller import best_poller
from portview.scan.records import PortResult, Reason, ScanHost
from portview.scan.transport import PENDING, SELF_CONNECT, Transport
from portview.vocabulary import State

TRIES = 2
# Sending pauses this often to hear what has come meanwhile, seconds.
_SENDING_S = 0.01
_SHORTAGE_PAUSE_S = 0.01
# A shortage that lasts as long with nothing achieved ends the scan.
_GIVE_UP_S = 5.0
# Until the unsent ports are through, every eighth knock asks a silent port again: an answer then
# is the first sign that packets get lost.
_RETRY_EVERY = 8
# How long a late answer is waited for. The kernel repeats the SYN each second or so meanwhile: long
# enough for one repeat, short enough not to send more packets than the scan itself.
_LATE_S = 2.0
# A rule of this machine refuses a knock at once; a search for a neighbour takes its time.
_SEARCH_MIN_S = 0.1
# The kernel's table of neighbours is read anew when it is older than this.
_TABLE_AGE_S = 0.1
# What only a packet of the peer can cause; other errors without ICMP are this machine's own.
_FROM_PEER = frozenset({0, errno.ECONNREFUSED, errno.ECONNRESET})


class Engine:
    """Knocks at every port of every host; call `step` until `is_done`, then `close`."""

    def __init__(
        self,
        hosts: Sequence[ScanHost],
        ports: Sequence[int],
        transport: Transport,
        *,
        window: Window,
        budget: int,
        timeout_s: float | None,
        timeout_min_s: float,
    ) -> None:
        """Prepare a scan. `budget` is how many sockets may be open, `timeout_s` a fixed wait."""
        self.finished: list[PortResult] = []
        self.total = len(hosts) * len(ports)
        self.sent = 0
        self.in_flight = 0
        self.gave_up: str | None = None
        self._transport = transport
        self._window = window
        self._budget = budget
        self._timing = (timeout_s, timeout_min_s)
        self._hosts: dict[ScanHost, Host] = {}
        self._unsent = order.knocks(hosts, ports)
        self._unsent_count = self.total
        self._silent: deque[Knock] = deque()
        self._starved: deque[Knock] = deque()
        # Asked often enough, but their host may still turn out to be off.
        self._held: deque[Knock] = deque()
        self._open: dict[int, Try] = {}
        # Silent tries whose place is given away, with the time when it was; the oldest first.
        self._late: OrderedDict[Try, float] = OrderedDict()
        self._deadlines: list[tuple[float, int, Try]] = []
        self._serial = itertools.count()
        self._unanswered: frozenset[Neighbour] = frozenset()
        self._unanswered_s = -math.inf
        self._poller = best_poller()
        self._is_own = cache(is_own)
        self._first_sent_s: float | None = None
        self._hold_until_s = 0.0
        self._short_since_s: float | None = None

    @property
    def is_done(self) -> bool:
        """Whether every port has its result, or the rest was given up."""
        return self.gave_up is not None or not (self.to_send or self.in_flight or self._held)

    @property
    def to_send(self) -> int:
        """Knocks still to be sent, as far as known: new ports and silent ones."""
        return self._unsent_count + len(self._silent) + len(self._starved)

    @property
    def window(self) -> int:
        """Knocks that may be in flight now."""
        return self._window.size

    @property
    def timeout_s(self) -> float:
        """The longest wait among the hosts."""
        return max((host.timing.timeout_s for host in self._hosts.values()), default=0.0)

    @property
    def search_failed(self) -> frozenset[str]:
        """Addresses for which the kernel found nobody to hand the packets to."""
        return frozenset(host.address for host in self._hosts.values() if host.search_failed)

    def step(self, wait_s: float) -> None:
        """Send what the window allows, hear what has come within `wait_s`, settle what is overdue."""
        now = time.monotonic()
        if now >= self._hold_until_s:
            now = self._send_some(now)
        for fd in self._poller.wait(self._wait(now, wait_s)):
            if one := self._open.get(fd):
                self._hear(one)
        self._expire(time.monotonic())

    def close(self) -> None:
        """Close every socket."""
        for one in list(self._open.values()):
            self._close(one)
        self._poller.close()

    def _wait(self, now: float, wait_s: float) -> float:
        until = now + wait_s
        if self._deadlines:
            until = min(until, self._deadlines[0][0])
        if self.to_send and self.in_flight < self._window.size:
            until = min(until, self._hold_until_s)
        return max(0.0, until - now)

    def _send_some(self, now: float) -> float:
        """Fill the window, for `_SENDING_S` at most; return the time it is then."""
        until = now + _SENDING_S
        if self._first_sent_s is None:
            self._first_sent_s = now
        self._window.nothing_yet(now - self._first_sent_s)
        while now < until and self.in_flight < self._window.size and now >= self._hold_until_s:
            knock = self._next()
            if knock is None:
                break
            if knock.host.search_failed:
                self._finish_unsearchable(knock)
            else:
                self._send(knock)
            now = time.monotonic()
        return now

    def _next(self) -> Knock | None:
        while self._silent and (not self._unsent_count or self.sent % _RETRY_EVERY == 0):
            knock = self._silent.popleft()
            if not knock.is_done:
                return knock
        if self._unsent_count:
            self._unsent_count -= 1
            host, port = next(self._unsent)
            return Knock(self._host(host), port)
        return self._starved.popleft() if self._starved else None

    def _host(self, host: ScanHost) -> Host:
        known = self._hosts.get(host)
        if known is None:
            known = Host(host.address, Timing(*self._timing))
            self._hosts[host] = known
        return known

    def _send(self, knock: Knock) -> None:
        host = knock.host
        if len(self._open) >= self._budget:
            self._drop_late(1)
        try:
            sock = socket.socket(host.socket_family, self._transport.kind)
        except OSError as error:
            self._judge(knock, error.errno or errno.EIO, None, None)
            return
        sock.setblocking(False)
        errqueue.enable(sock)
        sent_s = time.monotonic()
        if host.first_sent_s is None:
            host.first_sent_s = sent_s
        error_number = self._transport.start(sock, host.socket_name(knock.port), host.eager > 0)
        self.sent += 1
        if error_number != PENDING:
            host.eager = EAGER_MISSES
            self._settle(knock, sock, error_number, sent_s, knock.sent + 1)
            sock.close()
            return
        host.eager -= 1
        knock.sent += 1
        one = Try(knock, sock, knock.sent, sent_s)
        knock.tries.append(one)
        self._open[sock.fileno()] = one
        self.in_flight += 1
        self._short_since_s = None
        self._poller.add(sock.fileno(), reading=self._transport.reading)
        heapq.heappush(self._deadlines, (sent_s + host.timing.timeout_s, next(self._serial), one))

    def _hear(self, one: Try) -> None:
        """Take the answer of a socket that is ready."""
        error_number = self._transport.collect(one.sock)
        if error_number == PENDING:
            # A soft ICMP error leaves the socket connecting, but its queue says what came.
            queued = errqueue.read(one.sock)
            if queued is None or not queued.is_icmp:
                return
            self._settle(one.knock, one.sock, queued.errno, one.sent_s, one.number, queued)
        else:
            self._settle(one.knock, one.sock, error_number, one.sent_s, one.number)

    def _settle(
        self,
        knock: Knock,
        sock: socket.socket,
        error_number: int,
        sent_s: float,
        number: int,
        queued: errqueue.QueuedError | None = None,
    ) -> None:
        """Turn what came of a knock's socket, its first or a later one, into the port's result."""
        now = time.monotonic()
        if error_number == SELF_CONNECT:
            self._transport.hang_up(sock)
            self._finish(knock, states.SELF_CONNECTED, None, None)
            return
        if error_number:
            queued = queued or errqueue.read(sock)
            if queued is not None and not queued.is_icmp:
                queued = None
        rtt_s = None
        if queued is not None or error_number in _FROM_PEER:
            rtt_s = now - sent_s
            if not self._is_from_here(knock.host, queued):
                self._answered(knock.host, now, rtt_s, number)
        if error_number:
            self._judge(knock, error_number, queued, rtt_s)
        else:
            self._transport.hang_up(sock)
            self._finish(knock, states.ANSWERED[self._transport.protocol], None, rtt_s)

    def _is_from_here(self, host: Host, queued: errqueue.QueuedError | None) -> bool:
        """Whether an ICMP error is this machine's own word about another."""
        if queued is None or queued.sender in (None, host.plain_address):
            return False
        return self._is_own(host.scoped(queued.sender))

    def _answered(self, host: Host, now: float, rtt_s: float, number: int) -> None:
        """Learn from an answer; `number` is the try that it came to."""
        host.heard = True
        host.timing.sample(rtt_s)
        self._window.answered()
        if number > 1:
            self._window.lost(now, host.timing.timeout_s)

    def _judge(
        self, knock: Knock, error_number: int, queued: errqueue.QueuedError | None, rtt_s: float | None
    ) -> None:
        name = errno.errorcode.get(error_number, str(error_number))
        if name in states.SHORTAGES and queued is None:
            self._starve(knock, name)
            return
        verdict = states.judge(
            name,
            (queued.type, queued.code) if queued else None,
            family=knock.host.family,
            protocol=self._transport.protocol,
            from_target=queued is None or queued.sender in (None, knock.host.plain_address),
        )
        self._finish(knock, verdict, queued, rtt_s)
        is_slow = rtt_s is not None and rtt_s >= _SEARCH_MIN_S
        is_unreachable = verdict[1] is Reason.HOST_UNREACH and self._is_from_here(knock.host, queued)
        if is_slow and is_unreachable and not knock.host.heard:
            self._give_up_search(knock.host, queued)

    def _look_into(self, host: Host, now: float) -> None:
        """Ask the kernel once whether a silent host is one that it has found no way to reach."""
        if host.is_judged or host.heard or host.first_sent_s is None:
            return
        host.is_judged = True
        if now - self._unanswered_s > _TABLE_AGE_S:
            self._unanswered, self._unanswered_s = unanswered(), now
        if host.neighbour in self._unanswered:
            self._give_up_search(host, None)

    def _give_up_search(self, host: Host, queued: errqueue.QueuedError | None) -> None:
        """Nobody was found to hand packets for this host to: no other port of it can do better."""
        if host.search_failed:
            return
        host.search_failed, host.search_error = True, queued
        in_flight = [one.knock for one in self._open.values()]
        for knock in (*in_flight, *self._silent, *self._held):
            if knock.host is host and not knock.is_done:
                self._finish_unsearchable(knock)

    def _finish_unsearchable(self, knock: Knock) -> None:
        self._finish(knock, (State.FILTERED, Reason.HOST_UNREACH), knock.host.search_error, None)

    def _starve(self, knock: Knock, name: str) -> None:
        """This machine is short of something: do with less, and come back to the port later."""
        now = time.monotonic()
        for one in list(knock.tries):
            self._close(one)
        self._starved.append(knock)
        self._window.starved(self.in_flight)
        self._drop_late(max(1, len(self._late) // 2))
        self._hold_until_s = now + _SHORTAGE_PAUSE_S
        if self._short_since_s is None:
            self._short_since_s = now
        elif now - self._short_since_s > _GIVE_UP_S:
            self.gave_up = name

    def _expire(self, now: float) -> None:
        """Give away the places of knocks that have been silent for too long, and forget old ones."""
        while self._deadlines and self._deadlines[0][0] <= now:
            _, _, one = heapq.heappop(self._deadlines)
            if one.is_over:
                continue
            self._late[one] = now
            self.in_flight -= 1
            self._window.silent()
            if one.number < TRIES:
                self._silent.append(one.knock)
            else:
                self._held.append(one.knock)
        while self._held and not self._held[0].host.is_searched_for(now):
            knock = self._held[0]
            self._look_into(knock.host, now)
            self._held.popleft()
            if not knock.is_done:
                verdict = states.judge(None, protocol=self._transport.protocol)
                self._finish(knock, verdict, None, None)
        while self._late:
            one, since_s = next(iter(self._late.items()))
            if now - since_s <= _LATE_S or one.knock.host.is_searched_for(now):
                break
            self._drop_late(1)

    def _finish(
        self,
        knock: Knock,
        verdict: states.Verdict,
        queued: errqueue.QueuedError | None,
        rtt_s: float | None,
    ) -> None:
        """Record a port's result and close its sockets."""
        knock.is_done = True
        for one in list(knock.tries):
            self._close(one)
        self._short_since_s = None
        sender, kind, code = (queued.sender, queued.type, queued.code) if queued else (None, None, None)
        rtt_ms = None if rtt_s is None else rtt_s * 1000
        self.finished.append(
            PortResult(
                knock.host.address,
                knock.port,
                self._transport.protocol,
                *verdict,
                sender,
                kind,
                code,
                rtt_ms,
            )
        )

    def _drop_late(self, count: int) -> None:
        """Close the oldest sockets that are only kept for late answers."""
        for one in list(itertools.islice(self._late, count)):
            self._close(one)

    def _close(self, one: Try) -> None:
        fd = one.sock.fileno()
        del self._open[fd]
        if self._late.pop(one, None) is None:
            self.in_flight -= 1
        self._poller.remove(fd)
        one.sock.close()
        one.is_over = True
        one.knock.tries.remove(one)
