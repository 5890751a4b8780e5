"""Looks after the hosts of a scan: what a silence is worth, and who is no longer there.

A port that was silent often enough is held until there is a reason to believe it: the host has
answered something that was sent later, or it never answers at all and the kernel has found a way to
it. Where ICMP errors have come, a sample of the silent ports is asked again slowly (sampling.py).
"""

import math
import time
from collections.abc import Callable, Collection
from functools import cache

from portview.probe.addresses import gateways, is_own
from portview.probe.errqueue import QueuedError
from portview.scan import states
from portview.scan.guard import random_ports
from portview.scan.host import Host, Reach
from portview.scan.knock import Knock, Purpose
from portview.scan.neighbours import Table, read_table
from portview.scan.records import Reason
from portview.scan.states import Verdict
from portview.vocabulary import Protocol, State

# The kernel asks three times, a second apart, who has an address on the own network (arp(7)); then
# the packets that wait for it fail. With some time for that.
_NEIGHBOUR_SEARCH_S = 3.3
# A rule of this machine refuses a knock at once; a search for a neighbour takes its time.
_SEARCH_MIN_S = 0.1
# The kernel's table of neighbours is read anew when it is older than this.
_TABLE_AGE_S = 0.03
_EVERY_S = 0.005
# Linux drops an ICMP error that comes while the socket is in use, as on the way to a container of
# this machine it may; the error that answers its repeat of the SYN, 1 s later, gets through.
_REPEAT_S = 1.2
# Who answers for everything may be busy with all that the scan has opened.
_PROOF_TRIES = 3
_UNSEARCHABLE: Verdict = (State.FILTERED, Reason.HOST_UNREACH)
# What is said of every port when the network goes away; of a host that has answered, it needs proof.
_GONE = frozenset({Reason.HOST_UNREACH, Reason.NET_UNREACH, Reason.NO_ROUTE})


class Watch:
    """Takes what came of every knock and says when that is a result; sends knocks of its own."""

    def __init__(
        self,
        send: Callable[[Knock], None],
        finish: Callable[[Knock, Verdict, QueuedError | None, float | None], None],
        hush: Callable[[Knock], None],
        protocol: Protocol,
        *,
        confirm_all: bool,
    ) -> None:
        """`hush` gives up waiting for late answers; `confirm_all` asks all silent ports slowly."""
        self._send = send
        self._finish = finish
        self._hush = hush
        self._protocol = protocol
        self._confirm_all = confirm_all
        self._silence = states.judge(None, protocol=protocol)
        self._is_own = cache(is_own)
        self._last_s = -math.inf
        self._neighbours = Table(frozenset(), frozenset())
        self._gateways: Collection[str] = ()
        self._table_s = -math.inf

    def is_from_here(self, host: Host, queued: QueuedError | None) -> bool:
        """Whether an ICMP error is this machine's own word about another."""
        if queued is None or queued.sender in (None, host.plain_address):
            return False
        return self._is_own(host.scoped(queued.sender))

    def judged(self, knock: Knock, verdict: Verdict, queued: QueuedError | None, rtt_s: float | None) -> None:
        """Something came of a knock."""
        host, reason = knock.host, verdict[1]
        if knock.purpose is Purpose.CANARY:
            host.canary.is_flying = False
            if reason in _GONE:
                self._miss_canary(host, time.monotonic())
            return
        if knock.purpose is Purpose.PROOF:
            host.guard.landed(is_open=verdict[0] is State.OPEN, is_near=knock.ttl is not None)
            return
        rejection = None if self.is_from_here(host, queued) else queued
        if knock.purpose is Purpose.SAMPLE:
            host.sampling.landed(rejection)
        elif rejection is not None:
            host.sampling.heard(rejection, tries=knock.sent)
        if reason in _GONE and host.canary.port is not None:
            knock.is_done = False
            host.silent_s = max(host.silent_s, knock.last_sent_s)
            if self._is_void(knock):
                self._ask_anew(knock)
            else:
                knock.pending = (verdict, queued, rtt_s)
                host.held.append(knock)
            return
        if verdict[0] is State.OPEN:
            host.guard.open_ports += 1
        # This machine does not go away, and a UDP service need not answer everything.
        is_fit = self._protocol is Protocol.TCP and host.reach is not Reach.OWN
        if is_fit and reason in (Reason.SYN_ACK, Reason.CONN_REFUSED):
            host.canary.offer(knock.port, is_open=reason is Reason.SYN_ACK)
        self._finish(knock, verdict, queued, rtt_s)
        is_slow = rtt_s is not None and rtt_s >= _SEARCH_MIN_S
        if is_slow and reason is Reason.HOST_UNREACH and not host.heard and self.is_from_here(host, queued):
            host.search_error = queued
            self.fail_search(host)

    def silent(self, knock: Knock, now: float) -> None:
        """Nothing came of a try in its time."""
        host = knock.host
        if knock.purpose is Purpose.SAMPLE:
            return
        if knock.purpose is Purpose.CANARY:
            host.canary.is_flying = False
            self._miss_canary(host, now)
            return
        if knock.purpose is Purpose.PROOF:
            if knock.sent < _PROOF_TRIES:
                self._send(knock)
            else:
                host.guard.landed(is_open=False, is_near=knock.ttl is not None)
            return
        if host.search_failed:
            self._finish(knock, _UNSEARCHABLE, host.search_error, None)
            return
        host.silent_s = max(host.silent_s, knock.last_sent_s)
        host.window.silent()
        if self._is_void(knock):
            self._ask_anew(knock)
        elif knock.counting < host.loss.tries_for(host.port_count):
            host.again.append(knock)
        else:
            host.held.append(knock)

    def failed_to_send(self, knock: Knock) -> None:
        """This machine was short of something when a knock of the watch's own was to be sent."""
        if knock.purpose is Purpose.CANARY:
            knock.host.canary.is_flying = False
        elif knock.purpose is Purpose.PROOF:
            knock.host.guard.landed(is_open=False, is_near=knock.ttl is not None)

    def revive(self, host: Host, sent_s: float) -> None:
        """The host has answered what was sent later than all that it had answered before."""
        if host.canary.is_lost:
            host.outage = (host.alive_s, sent_s)
            host.window.restart()
        host.canary.answered()
        host.alive_s = sent_s

    def is_searched_for(self, host: Host, now: float) -> bool:
        """Whether its silence may still turn out to be a failed search for a neighbour."""
        if host.heard or host.search_failed or host.reach is Reach.OWN or host.first_sent_s is None:
            return False
        if now - host.first_sent_s >= _NEIGHBOUR_SEARCH_S:
            return False
        self._read_table(now)
        if host.reach is Reach.LINK:
            return host.neighbour not in self._neighbours.found
        return any((gateway, 0) in self._neighbours.lost for gateway in self._gateways)

    def is_sought(self, host: Host, now: float) -> bool:
        """Whether the kernel has found nobody so far at the address of a host on its own network.

        The first knock makes it search; what the table says before that tells nothing.
        """
        if host.heard or host.reach is not Reach.LINK or not host.sent or host.first_sent_s is None:
            return False
        self._read_table(now)
        return self._table_s <= host.first_sent_s or host.neighbour in self._neighbours.lost

    def fail_search(self, host: Host) -> None:
        """Nobody was found to hand packets for this host to: no other port of it can do better."""
        host.search_failed = True
        while knock := host.next_knock():
            self._finish(knock, _UNSEARCHABLE, host.search_error, None)
        for knock in (*host.held, *host.silent):
            if not knock.is_done:
                self._finish(knock, _UNSEARCHABLE, host.search_error, None)
        host.held.clear()
        host.silent.clear()

    def look_after(self, hosts: Collection[Host], now: float) -> None:
        """See to every host, now and then."""
        if now - self._last_s < _EVERY_S:
            return
        self._last_s = now
        for host in hosts:
            if host.canary.is_given_up(now):
                self.leave(host)
                continue
            if self._protocol is Protocol.TCP and host.guard.is_suspicious(host.done):
                self._doubt(host)
            if host.is_doubted and host.canary.is_due(now, host.timing.timeout_s):
                self._send_canary(host, now)
            if not host.search_failed and self.is_sought(host, now) and not self.is_searched_for(host, now):
                self.fail_search(host)
            if host.held:
                self._review(host, now)
            if host.silent:
                self._sample(host, now)

    def leave(self, host: Host) -> None:
        """Leave a host; the ports that have finished stay."""
        for one in list(host.flying):
            self._hush(one.knock)
        host.stop()

    def sampling_left(self, host: Host) -> int:
        """How many ports are still to be asked slowly, as far as known."""
        if not self._wants_sample(host):
            return 0
        return host.sampling.left(len(host.silent), everyone=self._confirm_all)

    def _wants_sample(self, host: Host) -> bool:
        """Whether its silent ports may be rejected ones whose errors are held back, and that is to be seen.

        Each of them has been asked again after a second or more (by the kernel's repeat of a SYN at least),
        and a host that holds errors back had one to send by then. If none came, none was held back, unless
        it got lost.
        """
        sampling = host.sampling
        if self._confirm_all or sampling.error is None:
            return sampling.error is not None
        if self._protocol is Protocol.UDP and sampling.is_obvious:
            return False
        return sampling.relented > 0 or bool(host.loss.share)

    def _send_canary(self, host: Host, now: float) -> None:
        port = host.canary.port
        assert port is not None
        host.canary.sent(now)
        self._send(Knock(host, port, Purpose.CANARY))

    def _miss_canary(self, host: Host, now: float) -> None:
        if not host.canary.is_lost:
            host.loss.missed()
            host.window.lost(now, host.timing.timeout_s)
        if host.canary.missed(now, host.loss):
            for queue in (host.held, host.again):
                for _ in range(len(queue)):
                    knock = queue.popleft()
                    if self._is_void(knock):
                        self._ask_anew(knock)
                    else:
                        queue.append(knock)

    @staticmethod
    def _is_void(knock: Knock) -> bool:
        """Whether its last try was made while the host was gone: then it means nothing."""
        gone_s, back_s = knock.host.outage
        return gone_s < knock.last_sent_s < back_s or (
            knock.host.canary.is_lost and knock.last_sent_s > knock.host.alive_s
        )

    @staticmethod
    def _ask_anew(knock: Knock) -> None:
        knock.sent, knock.unheard, knock.pending = 0, 0, None
        knock.host.again.append(knock)

    def _review(self, host: Host, now: float) -> None:
        """Believe what was silent and may be believed by now."""
        if host.canary.is_lost or self.is_searched_for(host, now):
            return
        if host.unsent and not host.window.is_mostly_silent:
            # How much gets lost shows when silent ports answer after all, and that comes later.
            return
        needed = host.loss.tries_for(host.port_count)
        while host.held:
            knock = host.held[0]
            if host.canary.port is not None and knock.last_sent_s > host.alive_s and not knock.is_done:
                return
            is_rejecting = host.sampling.error is not None
            if is_rejecting and now - knock.last_sent_s < _REPEAT_S and not knock.is_done:
                return
            host.held.popleft()
            if knock.is_done:
                continue
            if knock.pending is not None:
                self._finish(knock, *knock.pending)
            elif knock.counting < needed:
                host.again.append(knock)
            elif is_rejecting:
                host.silent.append(knock)
            else:
                self._finish(knock, self._silence, None, None)

    def _sample(self, host: Host, now: float) -> None:
        sampling = host.sampling
        if not sampling.is_begun:
            if host.to_send or host.held or host.in_flight:
                return
            for knock in host.silent:
                self._hush(knock)
            silent = [knock for knock in host.silent if not knock.is_done]
            sampling.begin(silent if self._wants_sample(host) else [], now, everyone=self._confirm_all)
        if chosen := sampling.next(now):
            chosen.purpose = Purpose.SAMPLE
            self._send(chosen)
        if not sampling.is_over:
            return
        # A firewall that rejects one TCP port may drop the next: only where all that were asked are
        # rejected, the others are taken for it. Of UDP ports it is said that they may be.
        if self._protocol is Protocol.UDP:
            sampling.is_limited = sampling.rejected > 0 or sampling.is_obvious
        else:
            sampling.is_limited = 0 < sampling.sampled == sampling.rejected
        limited = (self._silence[0], Reason.RATE_LIMITED)
        for knock in host.silent:
            if not knock.is_done:
                is_taken_for = sampling.is_limited and knock.purpose is not Purpose.SAMPLE
                verdict, error = (limited, sampling.error) if is_taken_for else (self._silence, None)
                self._finish(knock, verdict, error, None)
        host.silent.clear()

    def _doubt(self, host: Host) -> None:
        host.guard.is_raised = True
        for port in random_ports(host.ports, seed=host.port_count):
            host.guard.asked += 1
            self._send(Knock(host, port, Purpose.PROOF))
        if host.reach is Reach.ROUTED and host.canary.port is not None:
            self._send(Knock(host, host.canary.port, Purpose.PROOF, ttl=1))

    def _read_table(self, now: float) -> None:
        if now - self._table_s > _TABLE_AGE_S:
            self._neighbours = self._neighbours.then(read_table())
            self._gateways, self._table_s = gateways(), now
