"""What piles up: connections that wait, that are not closed, that use the ports up."""

from collections.abc import Iterable

from portview.diagnose.findings.case import Case, Concern, concern
from portview.vocabulary import Confidence

CLOSE_WAIT_MANY = 10
SYN_RECV_MANY = 16
SHORT_QUEUE = 16
DROPS_MANY = 100
PORTS_USED = 0.5
"""The share of the ports for outgoing connections from which it is said that they run out."""


def accept_queue(case: Case) -> Iterable[Concern]:
    """Full now; or some queue of this machine was, and this one is short or in use."""
    queue = case.socket.queue
    if queue is None or queue.waiting is None:
        return
    # The kernel takes one more than the limit before it drops (sk_acceptq_is_full).
    if queue.limit is not None and queue.waiting > queue.limit:
        yield concern("accept_queue_full", waiting=str(queue.waiting), limit=str(queue.limit))
        return
    overflows = case.snapshot.machine.counters.listen_overflows
    if overflows and (queue.waiting or (queue.limit is not None and queue.limit < SHORT_QUEUE)):
        yield concern("accept_queue_overflowed", Confidence.POSSIBLE, overflows=str(overflows))


def udp_drops(case: Case) -> Iterable[Concern]:
    """Datagrams that were thrown away unread: while portview looked, or many before."""
    drops = case.snapshot.machine.drops.get(case.socket.inode or 0)
    if drops is None:
        return
    total, lately = str(drops.total), str(drops.lately)
    if drops.lately:
        yield concern("udp_drops_now", Confidence.LIKELY, total=total, lately=lately)
    elif drops.total >= DROPS_MANY:
        yield concern("udp_drops", Confidence.LIKELY, total=total)


def close_wait(case: Case) -> Iterable[Concern]:
    """Peers that hung up and are kept."""
    count = (case.crowd or {}).get("CLOSE_WAIT", 0)
    if case.socket.is_listener and count >= CLOSE_WAIT_MANY:
        yield concern("close_wait", count=str(count))


def syn_backlog(case: Case) -> Iterable[Concern]:
    """Handshakes that nobody finishes."""
    count = (case.crowd or {}).get("SYN_RECV", 0)
    if case.socket.is_listener and count >= SYN_RECV_MANY:
        yield concern("syn_backlog", Confidence.LIKELY, count=str(count))


def outgoing_ports(case: Case) -> Iterable[Concern]:
    """Every connection to one remote end needs a port of its own, for a minute after its end, too."""
    reach = case.snapshot.ephemeral_range
    if reach is None or not case.towards or case.socket.remote_port is None:
        return
    ports, count = reach[1] - reach[0] + 1, len(case.towards)
    if count < ports * PORTS_USED:
        return
    waiting = sum(one.state == "TIME_WAIT" for one in case.towards)
    finding, told = ("time_wait", waiting) if waiting * 2 >= count else ("ephemeral_pressure", count)
    remote = f"{case.socket.remote_address} {case.socket.remote_port}"
    yield concern(finding, count=str(told), ports=str(ports), remote=remote)


RULES = (accept_queue, udp_drops, close_wait, syn_backlog, outgoing_ports)
