"""What an observation shows, as the rules read it: small pure views, no conclusions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from portview.diagnose.addresses import AddressKind, kind_of
from portview.diagnose.here import Here
from portview.diagnose.icmp import Says, says
from portview.diagnose.way import Way
from portview.knowledge.services import Likelihood, claimants_of, service_name
from portview.probe.records import Attempt, NameSource, Nudge, Observation
from portview.vocabulary import Family, Outcome, Protocol, SenderClass

if TYPE_CHECKING:
    from portview.probe.talk_records import Exchange, HttpAnswer, TlsAnswer
    from portview.sockets.records import LocalSocket  # only a knock at this machine loads them

# An error that connect() returns itself comes within this time; a network needs longer.
_INSTANT_MS = 1.0
# A busy machine may need longer to report what it decided alone; few networks are as fast.
_LOCAL_MS = 20.0
# Linux gives a neighbour up after three questions, one a second (arp(7): mcast_solicit, retrans_time).
_NEIGHBOUR_MS = 2500.0
# Long enough to see that failure, and a little.
_LONG_WAIT_S = 3.5
# A peer that hangs up because of who is calling does so at once; later it was waiting for something.
_AT_ONCE_MS = 1000.0
_NODE_PORTS = range(30000, 32768)  # kube-apiserver --service-node-port-range
_NEARLY = 0.95


class Evidence:
    """An observation, and the listeners of this machine where they are known (None: not read)."""

    def __init__(self, observation: Observation, listeners: Sequence[LocalSocket] | None = None) -> None:
        self.observation = observation
        self.listeners = listeners

    # The target

    @property
    def port(self) -> int:
        """The port that was asked for."""
        return self.observation.target.port

    @property
    def protocol(self) -> Protocol:
        """The transport that was asked for."""
        return self.observation.target.protocol

    @property
    def is_tcp(self) -> bool:
        """Whether the knock went over TCP; otherwise it was UDP."""
        return self.protocol is Protocol.TCP

    @cached_property
    def service(self) -> str | None:
        """What is expected at the port."""
        return self.observation.target.service

    @property
    def is_usual_service(self) -> bool:
        """Whether hardly anything else is met on the port, or the URL says what is there."""
        if self.observation.target.scheme_service:
            return True
        claimants = claimants_of(self.port, self.protocol)
        return bool(claimants) and claimants[0].likelihood is Likelihood.USUAL

    @property
    def by_name(self) -> bool:
        """Whether a name led to the address."""
        return self.observation.resolution.source is not NameSource.LITERAL

    @property
    def this_machine(self) -> bool:
        """Whether the target is this machine."""
        return self.observation.this_machine

    @property
    def is_node_port(self) -> bool:
        """Whether Kubernetes gives such ports to services by default."""
        return self.port in _NODE_PORTS

    # The deciding attempt

    @cached_property
    def primary(self) -> Attempt | None:
        """The attempt that decided the outcome; None when there was no address to try."""
        return self.observation.primary

    @property
    def outcome(self) -> Outcome:
        """How the knock ended."""
        return self.observation.outcome

    @property
    def address(self) -> str | None:
        """The address of the deciding attempt."""
        return self.primary.address if self.primary else None

    @cached_property
    def address_kind(self) -> AddressKind:
        """Where that address leads, as far as it and this machine's routes tell."""
        if self.address in self.observation.broadcasts:
            return AddressKind.BROADCAST
        return kind_of(self.address) if self.address else AddressKind.UNKNOWN

    @property
    def is_ipv6(self) -> bool:
        """Whether the deciding attempt went over IPv6."""
        return self.primary is not None and self.primary.family is Family.IPV6

    @property
    def errno(self) -> str | None:
        """The kernel's name for the error, None when there was none."""
        return self.primary.errno if self.primary else None

    @property
    def says(self) -> Says | None:
        """The sense of the ICMP error that ended the knock, None when there was none."""
        return says(self.primary.icmp, self.primary.family) if self.primary and self.primary.icmp else None

    @property
    def sender_is(self) -> SenderClass | None:
        """Who sent the ICMP error; on this machine's own addresses the target is this machine."""
        if self.primary is None or self.primary.icmp is None:
            return None
        sender_is = self.primary.icmp.sender_is
        if sender_is is SenderClass.SELF and self.this_machine:
            return SenderClass.TARGET
        return sender_is

    @property
    def from_router(self) -> bool:
        """Whether a machine on the way, this machine's gateway included, sent the ICMP error."""
        return self.sender_is in (SenderClass.ROUTER, SenderClass.GATEWAY)

    @property
    def stopped_by_address(self) -> bool:
        """Whether this machine did not send because the address is that of many machines.

        TCP connects to no such address; a datagram may go to a group, and to a network when asked for.
        """
        if self.primary is None or self.says is not None:
            return False
        if self.is_tcp:
            many = self.address_kind in (AddressKind.BROADCAST, AddressKind.MULTICAST)
            return many and self.errno == "ENETUNREACH"
        return self.address_kind is AddressKind.BROADCAST and self.errno == "EACCES"

    @property
    def instant(self) -> bool:
        """Whether it ended faster than any network answers: the kernel itself decided."""
        return self.primary is not None and self.primary.elapsed_ms < _INSTANT_MS

    @property
    def quick_as_local(self) -> bool:
        """Whether it ended so fast that the kernel most likely decided alone."""
        return self.primary is not None and self.primary.elapsed_ms < _LOCAL_MS

    @property
    def after_neighbour_search(self) -> bool:
        """Whether it took as long as a search in vain for a neighbour."""
        return self.primary is not None and self.primary.elapsed_ms >= _NEIGHBOUR_MS

    @property
    def short_wait(self) -> bool:
        """Whether silence was waited for too briefly to see a neighbour that is off."""
        return self.observation.timeout_s < _LONG_WAIT_S

    @property
    def sent(self) -> bool | None:
        """Whether the packets of a silent knock left this machine; None: not known.

        While a neighbour is searched for, packets wait here as well, and the kernel does not always tell of
        a search in vain: a sign of life from the address tells a rule from that, or a longer wait where the
        neighbour is not known to be silent.
        """
        sent = self.primary.sent if self.primary else None
        if sent is not False or self.this_machine or self.answering_controls:
            return sent
        route = self.observation.route
        unheard = route is not None and route.address == self.address and route.next_is_silent
        return None if self.short_wait or unheard else False

    @property
    def table_is_full(self) -> bool | None:
        """Whether this machine's firewall has hardly room for another connection; None: not known.

        Old connections end while it is read: it need not be full to the last place.
        """
        tracked = self.observation.tracked
        return None if tracked is None else tracked[0] >= _NEARLY * tracked[1]

    @cached_property
    def here(self) -> Here:
        """Who listens on this machine where the knock went, when it is the target."""
        return Here(self.observation, self.listeners)

    @cached_property
    def way(self) -> Way | None:
        """The traced path of the deciding attempt; None when there is none."""
        path = self.observation.path
        return Way(path) if path is not None and path.address == self.address else None

    # After the handshake

    @property
    def not_heard_out(self) -> bool:
        """Whether the first words were not waited for: silence then means nothing."""
        return self.observation.quick or self.observation.cancelled

    @property
    def words(self) -> bytes:
        """What the peer sent first; empty when nothing."""
        return (self.primary.first_bytes or b"") if self.primary else b""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What was said to a silent peer, and what came of it; plainly, without a PROXY line."""
        said = self.primary.exchanges if self.primary else ()
        return tuple(one for one in said if one.nudge is not Nudge.PROXY)

    @property
    def behind_proxy_line(self) -> Exchange | None:
        """What was said behind a PROXY line to a peer that had turned down everything else."""
        said = self.primary.exchanges if self.primary else ()
        return next((one for one in said if one.nudge is Nudge.PROXY), None)

    @property
    def only_small_pass(self) -> bool:
        """Whether what stalled works with small segments, and stalled beside that once more."""
        clamp = self.primary.clamp if self.primary else None
        return clamp is not None and clamp.answered and clamp.plain_stalled

    @property
    def words_lost(self) -> bool:
        """Whether what was said never arrived: twice, also in small segments; or not even the closing."""
        clamp = self.primary.clamp if self.primary else None
        if clamp is None:
            return self.primary is not None and self.primary.acknowledged is False
        return bool(clamp.unacknowledged) and clamp.plain_stalled and not clamp.answered

    @cached_property
    def reply(self) -> bytes:
        """The first words that came of that; empty when none."""
        return next((one.reply for one in self.exchanges if one.reply), b"")

    @property
    def has_spoken(self) -> bool:
        """Whether the peer sent anything at all, unasked or in answer."""
        return bool(self.words) or any(one.received for one in self.exchanges)

    @cached_property
    def http(self) -> HttpAnswer | None:
        """The answer to an HTTP request, plain or inside TLS; that of TLS where both came."""
        return next((one.http for one in reversed(self.exchanges) if one.http), None)

    @cached_property
    def tls(self) -> TlsAnswer | None:
        """What came of a TLS hello; None: no hello, or nothing that was TLS."""
        hellos = (one.tls for one in self.exchanges if one.nudge is Nudge.TLS)
        return next((tls for tls in hellos if tls), None)

    @property
    def at_once(self) -> bool:
        """Whether the peer hung up right after the handshake."""
        after = self.primary.closed_after_ms if self.primary else None
        return after is None or after <= _AT_ONCE_MS

    # The other knocks

    @cached_property
    def answering_controls(self) -> tuple[Attempt, ...]:
        """Controls that prove the same address alive, connections first."""
        alive = [control for control in self._own_controls if self._proves_alive(control)]
        return tuple(sorted(alive, key=lambda control: not control.outcome.is_success))

    @cached_property
    def silent_controls(self) -> tuple[Attempt, ...]:
        """Controls at the same address that got no answer; none where not all were heard out."""
        if self.observation.cancelled:
            return ()
        return tuple(
            control
            for control in self._own_controls
            if control.outcome in (Outcome.TIMED_OUT, Outcome.NO_ANSWER)
        )

    @cached_property
    def unusual_open_controls(self) -> tuple[Attempt, ...]:
        """Controls that connected at ports where no service is usual."""
        return tuple(
            control
            for control in self._own_controls
            if control.outcome in (Outcome.CONNECTED, Outcome.CLOSED_BY_PEER)
            and service_name(control.port, self.protocol) is None
        )

    @cached_property
    def lost_neighbour(self) -> Attempt | None:
        """A knock at the same address for which this machine sought the next machine in vain."""
        traces = (self.way.path.target, self.way.path.control) if self.way else ()
        answers = (trace.answer for trace in traces if trace and trace.answer)
        return next((one for one in (*self._own_controls, *answers) if _found_no_neighbour(one)), None)

    @cached_property
    def refused_control(self) -> Attempt | None:
        """A control that met a closed port: not everything connects."""
        closed = (one for one in self.answering_controls if one.outcome is Outcome.REFUSED)
        return next((one for one in closed if one.icmp is None), None)

    @property
    def _own_controls(self) -> tuple[Attempt, ...]:
        return tuple(
            control
            for control in self.observation.controls
            if control.address == self.address and control.port != self.port
        )

    def _proves_alive(self, control: Attempt) -> bool:
        """A handshake, a RST, or an ICMP error from the address itself."""
        if control.icmp is not None:
            return control.icmp.sender_is is SenderClass.TARGET
        if control.outcome is Outcome.REFUSED and not self.observation.hears_icmp:
            return False  # anybody on the way may have said it
        return control.outcome in (
            Outcome.CONNECTED,
            Outcome.CLOSED_BY_PEER,
            Outcome.REFUSED,
            Outcome.ANSWERED,
        )

    def failing(self, family: Family) -> tuple[Attempt, ...]:
        """Attempts of one family that did not succeed."""
        return tuple(
            attempt
            for attempt in self.observation.attempts
            if attempt.family is family and not attempt.outcome.is_success
        )

    def working(self, family: Family) -> tuple[Attempt, ...]:
        """Attempts of one family that succeeded."""
        return tuple(
            attempt
            for attempt in self.observation.attempts
            if attempt.family is family and attempt.outcome.is_success
        )


def _found_no_neighbour(attempt: Attempt) -> bool:
    """Whether this machine's own kernel reports the host unreachable, as after a search in vain."""
    icmp = attempt.icmp
    if icmp is None or icmp.sender_is is not SenderClass.SELF:
        return False
    return attempt.outcome is Outcome.UNREACHABLE and says(icmp, attempt.family) is Says.HOST
