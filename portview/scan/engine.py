"""The scan itself: thousands of knocks in flight at many hosts, and no thread but one.

A knock that stays silent for its host's timeout gives its place in the window to the next one, but
may still be answered: an answer that comes late counts. Whether a silence is believed is decided in
watch.py.
"""

import errno
import math
import time

from portview.probe.errqueue import QueuedError
from portview.probe.outcomes import errno_name
from portview.scan import states
from portview.scan.allowance import Allowance
from portview.scan.flights import Flights
from portview.scan.host import EAGER_MISSES, Host, Reach
from portview.scan.knock import Answer, Knock, Purpose, Try
from portview.scan.pacing import UNAMBIGUOUS_S
from portview.scan.records import PortResult, Reason
from portview.scan.roster import Roster
from portview.scan.states import Verdict
from portview.scan.transport import SELF_CONNECT, Transport
from portview.scan.watch import Watch
from portview.vocabulary import Protocol, State

# Sending pauses this often to hear what has come meanwhile, seconds.
_SENDING_S = 0.01
# Hosts take turns after so many knocks; at this machine itself, after so many that were refused at once.
_TURN = 16
_BURST = 64
# What only a packet of the peer can cause; other errors without ICMP are this machine's own.
_FROM_PEER = frozenset({0, errno.ECONNREFUSED, errno.ECONNRESET})
_SILENT = frozenset({Reason.NO_RESPONSE, Reason.RATE_LIMITED})
_REFUSED: Verdict = (State.CLOSED, Reason.CONN_REFUSED)


class Engine:
    """Knocks at every port of every host; call `step` until `is_done`, then `close`."""

    def __init__(
        self,
        roster: Roster,
        transport: Transport,
        allowance: Allowance,
        *,
        confirm_all: bool,
    ) -> None:
        """Prepare a scan of the hosts of `roster`, within what `allowance` allows."""
        self.finished: list[PortResult] = []
        self.sent = 0
        self.is_paused = False
        self.roster = roster
        self.allowance = allowance
        self._transport = transport
        self._flights = Flights(transport)
        self._watch = Watch(
            self._send, self._finish, self._flights.hush, transport.protocol, confirm_all=confirm_all
        )
        self.roster.refresh(self.allowance.most)

    @property
    def gave_up(self) -> str | None:
        """The errno of the lasting shortage that ended the scan."""
        return self.allowance.gave_up

    @property
    def is_done(self) -> bool:
        """Whether every port has its result, or the rest was given up."""
        return self.gave_up is not None or not self.roster.present

    @property
    def in_flight(self) -> int:
        """Knocks that are on their way."""
        return self._flights.count

    @property
    def sampling_left(self) -> int:
        """Silent ports still to be asked slowly, at the host that has most of them."""
        return max((self._watch.sampling_left(host) for host in self.roster.present), default=0)

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
            self._watch.look_after(self.roster.present, now)
        self.roster.refresh(self.allowance.most)

    def leave(self, address: str) -> None:
        """Leave a host; the ports that have finished stay."""
        for host in self.roster.present:
            if host.address == address:
                self._watch.leave(host)

    def close(self) -> None:
        """Close every socket."""
        self._transport.close()

    def _wait(self, now: float, wait_s: float) -> float:
        if self.roster.has_leavers:
            return 0.0
        until = self._flights.next_s(self.roster.present, now + wait_s)
        if self.in_flight < self.allowance.most and not self.is_paused:
            if now < self.allowance.hold_until_s:
                until = min(until, self.allowance.hold_until_s)
            elif any(self._room(host, now) > 0 for host in self.roster.present if host.to_send):
                until = now
            elif any(host.to_send and host.in_flight < host.window.size for host in self.roster.present):
                until = min(until, now + _SENDING_S)
        return max(0.0, until - now)

    def _send_some(self, now: float) -> float:
        """Fill the windows, for `_SENDING_S` at most; return the time it is then."""
        until = now + _SENDING_S
        idle = 0
        while idle < len(self.roster.present) and now < until:
            if now < self.allowance.hold_until_s or self.in_flight >= self.allowance.most:
                break
            host = self.roster.present[0]
            self.roster.present.rotate(-1)
            idle = 0 if self._serve(host, now) else idle + 1
            now = time.monotonic()
        return now

    def _room(self, host: Host, now: float) -> int:
        return self.allowance.room(host, self.in_flight, now)

    def _serve(self, host: Host, now: float) -> bool:
        """Send a host what it may get in one turn; return whether that was anything."""
        if not host.to_send:
            return False
        if host.first_sent_s is None:
            host.first_sent_s = now
        host.is_sought = self._watch.is_sought(host, now)
        if not host.is_sought:
            host.window.nothing_yet(now - host.first_sent_s)
        room = self._room(host, now)
        if room <= 0:
            return False
        if host.reach is Reach.LINK and not host.sent:
            # One makes the kernel search for it. The others would wait there as well, and fill its buffers.
            room = 1
        if host.reach is Reach.OWN and host.eager > 0 and host.unsent:
            return self._burst(host, min(_BURST, room))
        sent = 0
        while sent < min(_TURN, room) and not host.search_failed and (knock := host.next_knock()):
            self._send(knock)
            sent += 1
            if host.is_stopped or self.allowance.hold_until_s > now:
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
        self._count(host, len(ended), time.monotonic())
        add, address, protocol = self.finished.append, host.address, self._transport.protocol
        for port, error_number, rtt_s, queued in ended:
            if error_number == errno.ECONNREFUSED and queued is None:
                host.done += 1
                add(PortResult(address, port, protocol, *_REFUSED, None, None, None, rtt_s * 1000))
            else:
                self._settle(Knock(host, port, sent=1), error_number, queued, rtt_s)
        if ended:
            self.allowance.achieved()
            host.way_s = -math.inf
            host.timing.sample(ended[0].rtt_s)
        if len(ended) < len(ports) and not (ended and ended[-1].error_number == 0):
            knock = host.next_knock()
            if knock is not None:
                self._send(knock)
        return True

    def _count(self, host: Host, sent: int, now: float) -> None:
        self.sent += sent
        host.sent += sent
        self.allowance.sent(host, sent, now)

    def _send(self, knock: Knock) -> None:
        """Knock once."""
        host = knock.host
        if self._transport.places <= 0:
            self._flights.make_room()
        now = time.monotonic()
        one = Try(knock, knock.sent + 1, now)
        self._count(host, 1, now)
        try:
            answer = self._transport.start(one)
        except OSError as error:
            self._starve(host, knock, error)
            return
        knock.sent += 1
        knock.last_sent_s = now
        self._flights.start(one)
        if answer is not None:
            host.eager = EAGER_MISSES
            self._hear(answer)
            return
        host.eager -= 1
        self.allowance.achieved()

    def _hear(self, answer: Answer) -> None:
        """Take what came of a try, its knock's first or a later one."""
        one, error_number, queued, data = answer
        knock, host = one.knock, one.knock.host
        knock.answer = data
        rtt_s = time.monotonic() - one.sent_s
        self._transport.drop(one)
        if self._is_shortage(error_number, queued):
            knock.sent -= 1
            self._starve(host, knock, OSError(error_number, ""))
            return
        is_answer = queued is not None or error_number in _FROM_PEER or error_number == SELF_CONNECT
        if is_answer and not self._watch.is_from_here(host, queued):
            self._learn(host, one, rtt_s, is_icmp=queued is not None)
            if queued is None:
                self.allowance.answered(host, error_number, one.sent_s, time.monotonic())
        self._settle(knock, error_number, queued, rtt_s if is_answer else None)

    @staticmethod
    def _is_shortage(error_number: int, queued: QueuedError | None) -> bool:
        return queued is None and errno_name(error_number) in states.SHORTAGES

    def _learn(self, host: Host, one: Try, rtt_s: float, *, is_icmp: bool) -> None:
        """Learn from an answer how far, how lossy and how alive the host is."""
        now = time.monotonic()
        if not host.heard:
            host.heard_s = now
        host.way_s = min(host.way_s, one.sent_s)
        if one.number == 1 or self._transport.protocol is Protocol.TCP:
            host.timing.sample(rtt_s)
            host.window.answered(now, rtt_s)
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
            name = errno_name(error_number)
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
        host.silences += verdict[1] in _SILENT
        host.rejections += queued is not None
        self.allowance.achieved()
        self.allowance.relieved()
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
                knock.answer,
            )
        )

    def _starve(self, host: Host, knock: Knock | None, error: OSError) -> None:
        """This machine is short of something: do with less, and come back to the port later."""
        if knock is not None:
            self._flights.hush(knock)
            if knock.purpose is Purpose.PORT:
                host.again.append(knock)
            else:
                self._watch.failed_to_send(knock)
        self.allowance.short(self.in_flight, error, time.monotonic())
        if errno_name(error.errno or errno.EIO) not in states.CONGESTION:
            self._flights.make_room()

    def _expire(self, now: float) -> None:
        """Give away the places of tries that have been silent for too long, and forget old ones."""
        for host in self.roster.present:
            for one in self._flights.overdue(host, now):
                one.knock.unheard += one.sent_s < host.way_s
                self._watch.silent(one.knock, now)
        self._flights.forget_old(now, self._watch.is_searched_for)

    def _end(self, knock: Knock) -> None:
        """A knock is over."""
        knock.is_done = True
        self._flights.hush(knock)
