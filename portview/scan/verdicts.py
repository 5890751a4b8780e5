"""What a scan says of a whole address: does anybody answer there at all?"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from portview.probe import errqueue
from portview.scan.records import HostVerdict, Reason

# What only a packet of the address itself can cause, where no ICMP error was seen.
_FROM_TARGET = frozenset(
    {
        Reason.SYN_ACK,
        Reason.CONN_REFUSED,
        Reason.RESET,
        Reason.PORT_UNREACH,
        Reason.UDP_RESPONSE,
        Reason.SELF_CONNECT,
    }
)


class Trace(NamedTuple):
    """What is left of a port's result: its reason, and whose ICMP error it was, if it was one."""

    reason: Reason
    sender: str | None = None
    has_icmp: bool = False


def judge_host(
    address: str,
    traces: Collection[Trace],
    *,
    is_own: Callable[[str], bool],
    is_complete: bool,
    search_failed: bool,
    is_on_link: Callable[[str], bool],
) -> HostVerdict | None:
    """The verdict about an address, None when there is too little to tell.

    `traces` are those of its finished ports, each kind once; `is_complete` says that none is
    missing, `search_failed` that the kernel found nobody to hand the packets to.
    """
    plain = address.partition("%")[0]
    if any(trace.sender == plain if trace.has_icmp else trace.reason in _FROM_TARGET for trace in traces):
        return HostVerdict.UP
    if any(trace.has_icmp and not (trace.sender and is_own(trace.sender)) for trace in traces):
        return HostVerdict.UNREACHABLE
    if search_failed:
        # Behind a gateway it is the gateway that was searched for.
        return HostVerdict.OFF if is_on_link(address) else HostVerdict.NOT_SENT
    if not (traces and is_complete):
        return None
    if any(trace.reason is Reason.NO_RESPONSE for trace in traces):
        return HostVerdict.SILENT
    # Without an error queue, an ICMP error from afar looks like one of this machine's own.
    return HostVerdict.NOT_SENT if errqueue.SUPPORTED else None
