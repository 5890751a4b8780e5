"""The target is this machine and its listeners are known: what they prove."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.go_between import cause_behind
from portview.diagnose.records import Fact, Finding
from portview.diagnose.rules.say import certain, fact, likely, possible
from portview.vocabulary import Confidence, Family, Outcome

if TYPE_CHECKING:
    from portview.sockets.records import LocalSocket

# What a knock meets when the kernel alone answers, or would.
_NOBODY_ACTS = frozenset({Outcome.CONNECTED, Outcome.TIMED_OUT, Outcome.NO_ANSWER})


def _was_closed(evidence: Evidence) -> bool:
    """Refused by the kernel's own answer for a closed port: RST, or for UDP ICMP port unreachable."""
    if evidence.outcome is not Outcome.REFUSED or (evidence.primary and evidence.primary.self_connect):
        return False
    return evidence.says is None or not evidence.is_tcp


def _refusal(evidence: Evidence) -> str:
    """The fact that names the refusal."""
    if evidence.is_tcp:
        return "rst" if evidence.observation.hears_icmp else "refused_untold"
    return "icmp_from_target" if evidence.says else "local_errno"


def nobody_listens(evidence: Evidence) -> Iterable[Finding]:
    """The list of listeners has nobody on this port."""
    if _was_closed(evidence) and evidence.here.listeners == ():
        yield certain("no_listener", _refusal(evidence), "here_no_listener")
        if evidence.address_kind not in (AddressKind.LOOPBACK, AddressKind.UNSPECIFIED):
            yield possible("forward_no_listener", _refusal(evidence), "rules_pass_on")


def listens_elsewhere(evidence: Evidence) -> Iterable[Finding]:
    """Somebody has the port, on addresses that leave the target's out."""
    if not _was_closed(evidence) or not evidence.here.listeners or evidence.here.hearing is not None:
        return
    yield _elsewhere(evidence, evidence.here.listeners)


def _elsewhere(evidence: Evidence, listeners: tuple["LocalSocket", ...]) -> Finding:
    families = {listener.family for listener in listeners}
    wide = any(listener.takes_network for listener in listeners)
    own_loopback = evidence.address_kind is AddressKind.LOOPBACK
    if (wide or own_loopback) and evidence.is_ipv6 and families == {Family.IPV4}:
        return certain("v4_only", _refusal(evidence), "here_v4_only")
    only_ipv6 = families == {Family.IPV6} and not any(map(_may_take_ipv4, listeners))
    if (wide or own_loopback) and not evidence.is_ipv6 and only_ipv6:
        return certain("v6_only", _refusal(evidence), "here_v6_only")
    if not own_loopback and all(listener.only_loopback for listener in listeners):
        return certain("bound_loopback", _refusal(evidence), "here_loopback")
    return certain("bound_other_address", _refusal(evidence), "here_other_address")


def _may_take_ipv4(listener: "LocalSocket") -> bool:
    """Whether an IPv6 listener leaves the target out for its interface, and not for its family."""
    return listener.address == "::" and listener.interface is not None and not listener.v6only


def refused_despite_listener(evidence: Evidence) -> Iterable[Finding]:
    """A listener takes this very address, and still the answer was no."""
    if not _was_closed(evidence) or evidence.here.hearing is None:
        return
    if evidence.is_tcp and not evidence.observation.hears_icmp:
        yield possible("fw_reject_host", _refusal(evidence), "here_listener")
        return
    rule = "fw_reset_host" if evidence.is_tcp else "fw_reject_host"
    facts = (_refusal(evidence), "here_listener", "listener_refuses")
    if evidence.address_kind is AddressKind.LOOPBACK:
        yield likely(rule, *facts)
    elif cause_behind(evidence.here.hearing) == "docker_proxy_dead_backend":
        yield likely("docker_proxy_dead_backend", *facts, "docker_passes_on", weight=50)
        yield possible(rule, *facts)
    else:
        yield likely(rule, *facts)
        yield possible("forward_no_listener", *facts, "rules_pass_on")


def queue(evidence: Evidence) -> Iterable[Finding]:
    """The listener's queue says whether its program keeps up."""
    if evidence.here.hearing is None or evidence.here.hearing.queue is None:
        return
    waiting, limit = evidence.here.hearing.queue.waiting, evidence.here.hearing.queue.limit
    if not waiting:
        return
    overflows = evidence.observation.queue_overflows
    counted = (fact("here_overflows", overflows=str(overflows)),) if overflows else ()
    if evidence.outcome is Outcome.TIMED_OUT and limit is not None and waiting >= limit:
        numbers = fact("here_queue_full", waiting=str(waiting), limit=str(limit))
        # The kernel takes one more than the limit before it drops (tcp_v4_syn_recv_sock, sk_acceptq_is_full).
        finding = certain if waiting > limit else likely
        yield finding("accept_queue_full", "here_listener", numbers, *counted, "silence", weight=60)
    elif evidence.outcome is Outcome.TIMED_OUT and counted:
        # The counter is the whole machine's: another listener's queue may have been the full one.
        yield likely("accept_queue_full", "here_listener", _waiting(waiting), *counted, weight=60)
    elif evidence.outcome is Outcome.TIMED_OUT and limit is None and overflows is None:
        yield likely("accept_queue_full", "here_listener", _waiting(waiting), "queue_not_emptied", weight=60)
    elif evidence.outcome is Outcome.CONNECTED and not evidence.has_spoken:
        yield likely("service_hung", _waiting(waiting), "kernel_accepts", weight=5)


def _waiting(waiting: int) -> Fact:
    return fact("here_waiting", waiting=str(waiting))


def stopped(evidence: Evidence) -> Iterable[Finding]:
    """Every process that holds the listener is stopped: nobody can accept."""
    if evidence.here.hearing is None or evidence.outcome not in _NOBODY_ACTS or evidence.words:
        return
    owners = evidence.here.hearing.owners
    if owners and all(owner.stopped for owner in owners):
        accepts = ("kernel_accepts",) if evidence.outcome is Outcome.CONNECTED else ()
        yield certain("service_stopped", "here_listener", "here_stopped", *accepts, weight=70)


def silent_here(evidence: Evidence) -> Iterable[Finding]:
    """This machine does not even answer itself: its own rules can do that, or a full queue."""
    if not evidence.is_tcp or evidence.outcome is not Outcome.TIMED_OUT or not evidence.this_machine:
        return
    if evidence.sent is False:
        return
    finding = possible if evidence.here.listeners is None else likely
    yield finding("fw_drop_host", "silence", "local_listener_closed", weight=50)
    if evidence.sent is None:
        yield possible("client_out_drop", "silence", "local_listener_closed", weight=40)
    known = evidence.here.hearing.queue if evidence.here.hearing else None
    is_empty = known is not None and known.waiting == 0
    if evidence.here.listeners != () and not is_empty and not any(queue(evidence)):
        yield possible("accept_queue_full", "silence", "many_clients", weight=30)


def only_tested_inside(evidence: Evidence) -> Iterable[Finding]:
    """That it works from here says nothing about the network."""
    if not evidence.this_machine or not evidence.outcome.is_success:
        return
    heard = ("here_listener",) if evidence.here.hearing else ()
    near = ("here_reach_loopback",) if evidence.here.hearing and evidence.here.hearing.only_loopback else ()
    yield possible("healthy", *heard, *near, "inside_machine")


def decides(finding: Finding, evidence: Evidence) -> bool:
    """Whether the listener's own state explains the outcome, so that nothing else is left to guess.

    A stopped program takes connections until its queue is full: only the queue explains silence.
    """
    if finding.confidence is not Confidence.CERTAIN:
        return False
    if finding.cause == "service_stopped":
        return evidence.outcome is Outcome.CONNECTED
    return finding.cause == "accept_queue_full"


RULES = (
    nobody_listens,
    listens_elsewhere,
    refused_despite_listener,
    queue,
    stopped,
    silent_here,
    only_tested_inside,
)
