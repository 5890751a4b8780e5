"""The scan itself: thousands of knocks in flight at many hosts, and no thread but one.

A knock that stays silent for its host's timeout gives its place in the window to the next one, but
may still be answered: an answer that comes late counts. Whether a silence is believed is decided in
watch.py.
"""

import errno
import time
from collections import deque
from collections.abc import Iterator

from portview.probe.errqueue import QueuedError
from portview.scan import states
from portview.scan.flights import Flights
from portview.scan.host import EAGER_MISSES, Host, Reach
from portview.scan.knock import Answer, Knock, Purpose, Try
from portview.scan.pacing import UNAMBIGUOUS_S, Ceiling
from portview.scan.rate import Pace, RouterTable
from portview.scan.records import PortResult, Reason
from portview.scan.states import Verdict
from portview.scan.transport import SELF_CONNECT, Transport
from portview.scan.watch import Watch
from portview.vocabulary import Protocol, State

# Sending pauses this often to hear what has come meanwhile, seconds.
_SENDING_S = 0.01
# Hosts take turns after so many knocks; at this machine itself, after so many that were refused at once.
_TURN = 16
_BURST = 64
# Hosts side by side. The kernel searches for 1,024 neighbours at most (gc_thresh3, arp(7)).
_HOSTS = 512
_SHORTAGE_PAUSE_S = 0.01
# A shortage that lasts as long with nothing achieved ends the scan.
_GIVE_UP_S = 5.0
# What only a packet of the peer can cause; other errors without ICMP are this machine's own.
_FROM_PEER = frozenset({0, errno.ECONNREFUSED, errno.ECONNRESET})
_REFUSED: Verdict = (State.CLOSED, Reason.CONN_REFUSED)


class Engine:
    """Knocks at every port of every host; call `step` until `is_done`, then `close`."""

    def __init__(
        self,
        hosts: Iterator[Host],
        ports: int,
        transport: Transport,
        *,
        ceiling: Ceiling,
        rate: Pace | None,
        router: RouterTable | None,
        confirm_all: bool,
    ) -> None:
        """Prepare a scan of hosts with so many `ports` in all.

        `rate` bounds all hosts together, `router` those behind a router.
        """
        self.finished: list[PortResult] = []
        self.sent = 0
        self.gave_up: str | None = None
        self.is_paused = False
        self.hosts: deque[Host] = deque()
        self.over: list[Host] = []
        """Hosts of which nothing more will come."""
        self._coming = hosts
        self._coming_ports = ports
        self._transport = transport
        self._ceiling = ceiling
        self._rate = rate
        self._router = router
        self._flights = Flights(transport)
        self._watch = Watch(
            self._send, self._finish, self._flights.hush, transport.protocol, confirm_all=confirm_all
        )
        self._hold_until_s = 0.0
        self._short_since_s: float | None = None
        self._admit()

    @property
    def is_done(self) -> bool:
        """Whether every port has its result, or the rest was given up."""
        return self.gave_up is not None or not self.hosts

    @property
    def in_flight(self) -> int:
        """Knocks that are on their way."""
        return self._flights.count

    @property
    def window(self) -> int:
        """Knocks that may be in flight now."""
        return min(self._ceiling.size, sum(host.window.size for host in self.hosts))

    @property
    def timeout_s(self) -> float:
        """The longest wait among the hosts."""
        return max((host.timing.timeout_s for host in self.hosts), default=0.0)

    @property
    def sends_left(self) -> int:
        """Knocks still to be sent, as far as can be foretold."""
        return self._coming_ports + round(sum(host.sends_left for host in self.hosts))

    @property
    def sampling_left(self) -> int:
        """Silent ports still to be asked slowly, at the host that has most of them."""
        return max((self._watch.sampling_left(host) for host in self.hosts), default=0)

    @property
    def lost(self) -> tuple[str, ...]:
        """The hosts that have stopped answering and are waited for."""
        return tuple(host.address for host in self.hosts if host.canary.is_lost)

    def step(self, wait_s: float) -> None:
        """Send what may be sent, hear what has come within `wait_s`, settle what is overdue."""
        now = time.monotonic()
        if not self.is_paused:
            now = self._send_some(now)
        for answer in self._transport.wait(self._wait(now, wait_s)):
            if not answer.one.is_over:
                self._hear(answer)
        now = time.monotonic()
        self._expire(now)
        if not self.is_paused:
            self._watch.look_after(self.hosts, now)
        self._dismiss()

    def leave(self, address: str) -> None:
        """Leave a host; the ports that have finished stay."""
        for host in self.hosts:
            if host.address == address:
                self._watch.leave(host)

    def close(self) -> None:
        """Close every socket."""
        self._transport.close()

    def _admit(self) -> None:
        """Let new hosts in while the others cannot fill the window."""
        while len(self.hosts) < _HOSTS and sum(host.unsent for host in self.hosts) < self._ceiling.size:
            host = next(self._coming, None)
            if host is None:
                return
            self._coming_ports -= host.port_count
            self.hosts.append(host)

    def _dismiss(self) -> None:
        if any(host.is_done for host in self.hosts):
            self.over += [host for host in self.hosts if host.is_done]
            self.hosts = deque(host for host in self.hosts if not host.is_done)
        self._admit()

    def _wait(self, now: float, wait_s: float) -> float:
        if any(host.is_done for host in self.hosts):
            return 0.0
        until = self._flights.next_s(self.hosts, now + wait_s)
        if self.in_flight < self._ceiling.size and not self.is_paused:
            if now < self._hold_until_s:
                until = min(until, self._hold_until_s)
            elif any(self._room(host, now) > 0 for host in self.hosts if host.to_send):
                until = now
            elif any(host.to_send and host.in_flight < host.window.size for host in self.hosts):
                until = min(until, now + _SENDING_S)
        return max(0.0, until - now)

    def _send_some(self, now: float) -> float:
        """Fill the windows, for `_SENDING_S` at most; return the time it is then."""
        until = now + _SENDING_S
        idle = 0
        while idle < len(self.hosts) and now < until:
            if now < self._hold_until_s or self.in_flight >= self._ceiling.size:
                break
            host = self.hosts[0]
            self.hosts.rotate(-1)
            idle = 0 if self._serve(host, now) else idle + 1
            now = time.monotonic()
        return now

    def _room(self, host: Host, now: float) -> int:
        """How many knocks may be sent to a host now."""
        if host.canary.is_lost or now < self._hold_until_s:
            return 0
        room = min(host.window.size - host.in_flight, self._ceiling.size - self.in_flight)
        for pace in (self._rate, host.pace, self._router if host.reach is Reach.ROUTED else None):
            if pace is not None and room > 0:
                room = min(room, pace.room(now))
        return room

    def _serve(self, host: Host, now: float) -> bool:
        """Send a host what it may get in one turn; return whether that was anything."""
        if not host.to_send:
            return False
        if host.first_sent_s is None:
            host.first_sent_s = now
        if not self._watch.is_way_missing(host, now):
            host.window.nothing_yet(now - host.first_sent_s)
        room = self._room(host, now)
        if room <= 0:
            return False
        if host.reach is Reach.OWN and host.eager > 0 and host.unsent:
            return self._burst(host, min(_BURST, room))
        sent = 0
        while sent < min(_TURN, room) and not host.search_failed and (knock := host.next_knock()):
            self._send(knock)
            sent += 1
            if host.is_stopped or self._hold_until_s > now:
                break
        if host.search_failed:
            self._watch.fail_search(host)
        return sent > 0

    def _burst(self, host: Host, room: int) -> bool:
        """Knock at ports of this machine itself, whose answers are there at once."""
        ports = host.take(room)
        try:
            ended = self._transport.burst(host, ports)
        except OSError as error:
            host.give_back(len(ports))
            self._starve(host, None, error)
            return False
        host.give_back(len(ports) - len(ended))
        self._count(host, len(ended))
        add, address, protocol = self.finished.append, host.address, self._transport.protocol
        for port, error_number, rtt_s, queued in ended:
            if error_number == errno.ECONNREFUSED and queued is None:
                host.done += 1
                add(PortResult(address, port, protocol, *_REFUSED, None, None, None, rtt_s * 1000))
            else:
                self._settle(Knock(host, port, sent=1), error_number, queued, rtt_s)
        if ended:
            self._short_since_s = None
            host.heard = True
            host.timing.sample(ended[0].rtt_s)
        if len(ended) < len(ports) and not (ended and ended[-1].error_number == 0):
            knock = host.next_knock()
            if knock is not None:
                self._send(knock)
        return True

    def _count(self, host: Host, sent: int) -> None:
        self.sent += sent
        host.sent += sent
        for pace in (self._rate, host.pace):
            if pace is not None:
                pace.spend(sent)

    def _send(self, knock: Knock) -> None:
        """Knock once."""
        host = knock.host
        if self._transport.places <= 0:
            self._flights.make_room()
        now = time.monotonic()
        one = Try(knock, knock.sent + 1, now)
        self._count(host, 1)
        if self._router is not None and host.reach is Reach.ROUTED:
            self._router.sent(now)
        try:
            answer = self._transport.start(one)
        except OSError as error:
            self._starve(host, knock, error)
            return
        knock.sent += 1
        knock.unheard += not host.heard
        knock.last_sent_s = now
        self._flights.start(one)
        if answer is not None:
            host.eager = EAGER_MISSES
            self._hear(answer)
            return
        host.eager -= 1
        self._short_since_s = None

    def _hear(self, answer: Answer) -> None:
        """Take what came of a try, its knock's first or a later one."""
        one, error_number, queued = answer
        knock, host = one.knock, one.knock.host
        rtt_s = time.monotonic() - one.sent_s
        self._transport.drop(one)
        if self._is_shortage(error_number, queued):
            knock.sent -= 1
            self._starve(host, knock, OSError(error_number, ""))
            return
        is_answer = queued is not None or error_number in _FROM_PEER or error_number == SELF_CONNECT
        if is_answer and not self._watch.is_from_here(host, queued):
            self._learn(host, one, rtt_s, is_icmp=queued is not None)
        self._settle(knock, error_number, queued, rtt_s if is_answer else None)

    @staticmethod
    def _is_shortage(error_number: int, queued: QueuedError | None) -> bool:
        return queued is None and errno.errorcode.get(error_number) in states.SHORTAGES

    def _learn(self, host: Host, one: Try, rtt_s: float, *, is_icmp: bool) -> None:
        """Learn from an answer how far, how lossy and how alive the host is."""
        now = time.monotonic()
        if not host.heard:
            host.heard, host.heard_s = True, now
        if one.number == 1 or self._transport.protocol is Protocol.TCP:
            host.timing.sample(rtt_s)
            host.window.answered(now, rtt_s)
        if self._router is not None and host.reach is Reach.ROUTED:
            self._router.answered(one.sent_s, now)
        if one.sent_s > host.alive_s:
            self._watch.revive(host, one.sent_s)
        # An ICMP error that only a later try got was held back by its sender, not lost.
        if one.knock.purpose is Purpose.PROOF or (is_icmp and one.number > 1):
            return
        tries = max(1, one.number - one.knock.unheard)
        if rtt_s > UNAMBIGUOUS_S > host.timing.timeout_s and one.sent_s > host.heard_s:
            # An answer to the kernel's own repeat of the SYN: the first one got lost as well.
            tries += 1
        if is_icmp and tries > 1:
            host.loss.withheld()
        else:
            host.loss.answered(tries)
        if tries > 1:
            host.window.lost(now, host.timing.timeout_s)

    def _settle(
        self, knock: Knock, error_number: int, queued: QueuedError | None, rtt_s: float | None
    ) -> None:
        """Turn what came of a knock into a verdict."""
        host, protocol = knock.host, self._transport.protocol
        if error_number == SELF_CONNECT:
            verdict = states.SELF_CONNECTED
        elif error_number == 0:
            verdict = states.ANSWERED[protocol]
        else:
            name = errno.errorcode.get(error_number, str(error_number))
            verdict = states.judge(
                name,
                (queued.type, queued.code) if queued else None,
                family=host.family,
                protocol=protocol,
                from_target=queued is None or queued.sender in (None, host.plain_address),
            )
        self._end(knock)
        self._watch.judged(knock, verdict, queued, rtt_s)

    def _finish(
        self, knock: Knock, verdict: Verdict, queued: QueuedError | None, rtt_s: float | None
    ) -> None:
        """Record a port's result."""
        self._end(knock)
        host = knock.host
        host.done += 1
        self._short_since_s = None
        self._ceiling.relieved()
        self.finished.append(
            PortResult(
                host.address,
                knock.port,
                self._transport.protocol,
                *verdict,
                queued.sender if queued else None,
                queued.type if queued and verdict[1] is not Reason.RATE_LIMITED else None,
                queued.code if queued and verdict[1] is not Reason.RATE_LIMITED else None,
                None if rtt_s is None else rtt_s * 1000,
                max(1, knock.sent),
                host.loss.share if verdict[1] is Reason.NO_RESPONSE else None,
            )
        )

    def _starve(self, host: Host, knock: Knock | None, error: OSError) -> None:
        """This machine is short of something: do with less, and come back to the port later."""
        now = time.monotonic()
        if knock is not None:
            self._flights.hush(knock)
            if knock.purpose is Purpose.PORT:
                host.again.append(knock)
            else:
                self._watch.failed_to_send(knock)
        self._ceiling.starved(self.in_flight)
        self._flights.make_room()
        self._hold_until_s = now + _SHORTAGE_PAUSE_S
        if self._short_since_s is None:
            self._short_since_s = now
        elif now - self._short_since_s > _GIVE_UP_S:
            self.gave_up = errno.errorcode.get(error.errno or errno.EIO, str(error.errno))

    def _expire(self, now: float) -> None:
        """Give away the places of tries that have been silent for too long, and forget old ones."""
        for host in self.hosts:
            for knock in self._flights.overdue(host, now):
                self._watch.silent(knock, now)
        self._flights.forget_old(now, self._watch.is_searched_for)

    def _end(self, knock: Knock) -> None:
        """A knock is over."""
        knock.is_done = True
        self._flights.hush(knock)
