"""From what the kernel says about one knock to a state and a reason, in nmap's words.

The one difference from `nmap -sT`: ECONNREFUSED alone is no proof of a closed TCP port. With an ICMP
port unreachable behind it, it is a firewall's REJECT; only without one was it a RST.
"""

from portview.scan.records import Reason
from portview.vocabulary import Family, Protocol, State

Verdict = tuple[State, Reason]

ANSWERED: dict[Protocol, Verdict] = {
    Protocol.TCP: (State.OPEN, Reason.SYN_ACK),
    Protocol.UDP: (State.OPEN, Reason.UDP_RESPONSE),
}
# The kernel lends only free ports to outgoing connections: a port that reached itself has no listener.
SELF_CONNECTED: Verdict = (State.CLOSED, Reason.SELF_CONNECT)

# This machine has run out of something for the moment: that says nothing about the port.
SHORTAGES = frozenset({"EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "EAGAIN"})
# Of these, what passes by itself: what was sent has not left yet, and fills the buffer (ip(7), send(2)).
CONGESTION = frozenset({"ENOBUFS", "EAGAIN"})

_UNREACHABLE_V4, _EXCEEDED_V4 = 3, 11  # RFC 792
_UNREACHABLE_V6, _EXCEEDED_V6 = 1, 3  # RFC 4443
_CODES_V4 = {
    0: Reason.NET_UNREACH,
    1: Reason.HOST_UNREACH,
    2: Reason.PROTO_UNREACH,
    3: Reason.PORT_UNREACH,
    9: Reason.NET_PROHIBITED,
    10: Reason.HOST_PROHIBITED,
    13: Reason.ADMIN_PROHIBITED,
}
_CODES_V6 = {
    0: Reason.NO_ROUTE,
    1: Reason.ADMIN_PROHIBITED,
    3: Reason.HOST_UNREACH,
    4: Reason.PORT_UNREACH,
    5: Reason.ADMIN_PROHIBITED,
    6: Reason.ADMIN_PROHIBITED,
}
_LOCAL = {
    "ENETUNREACH": Reason.NO_ROUTE,
    "ENETDOWN": Reason.NO_ROUTE,
    "EAFNOSUPPORT": Reason.NO_ROUTE,
    # A blackhole route, or a link-local address without its interface.
    "EINVAL": Reason.NO_ROUTE,
    "EHOSTUNREACH": Reason.HOST_UNREACH,
    "EHOSTDOWN": Reason.HOST_UNREACH,
    "EPERM": Reason.PERM_DENIED,
    "EACCES": Reason.PERM_DENIED,
    "ETIMEDOUT": Reason.NO_RESPONSE,
}


def judge(
    errno: str | None,
    icmp: tuple[int, int] | None = None,
    *,
    family: Family = Family.IPV4,
    protocol: Protocol = Protocol.TCP,
    from_target: bool = True,
) -> Verdict:
    """State and reason of a knock that was not answered by the port itself.

    `errno` is the symbolic name of the error, None for silence; it must not be one of SHORTAGES.
    `icmp` is type and code of the error behind it, `from_target` whether the target itself sent it.
    """
    if icmp is not None:
        reason = _icmp_reason(*icmp, family)
        # A host says "port unreachable" of a UDP port that nobody holds (RFC 1122, 4.1.3.1).
        closed = protocol is Protocol.UDP and reason is Reason.PORT_UNREACH and from_target
        return (State.CLOSED if closed else State.FILTERED), reason
    if errno is None:
        silent = State.FILTERED if protocol is Protocol.TCP else State.OPEN_OR_FILTERED
        return silent, Reason.NO_RESPONSE
    if errno == "ECONNREFUSED":
        return State.CLOSED, Reason.CONN_REFUSED if protocol is Protocol.TCP else Reason.PORT_UNREACH
    if errno in ("ECONNRESET", "EPIPE") and protocol is Protocol.TCP:
        # A reset before the handshake is ECONNREFUSED: this one came after it (tcp_reset(), Linux).
        return ANSWERED[protocol]
    return State.FILTERED, _LOCAL.get(errno, Reason.UNKNOWN_RESPONSE)


def _icmp_reason(kind: int, code: int, family: Family) -> Reason:
    if family is Family.IPV6:
        unreachable, exceeded, codes = _UNREACHABLE_V6, _EXCEEDED_V6, _CODES_V6
    else:
        unreachable, exceeded, codes = _UNREACHABLE_V4, _EXCEEDED_V4, _CODES_V4
    if kind == unreachable:
        return codes.get(code, Reason.DEST_UNREACH)
    return Reason.TIME_EXCEEDED if kind == exceeded else Reason.UNKNOWN_RESPONSE
