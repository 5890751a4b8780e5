"""From a kernel error to the outcome that it means (the errno map of Linux's ICMP handling).

Windows has error numbers of its own for sockets, which `errno` knows by the usual names.
"""

import errno
import sys
from functools import cache

from portview.vocabulary import Outcome

# What connect(2) says of a socket that does not block.
PENDING = errno.EWOULDBLOCK if sys.platform == "win32" else errno.EINPROGRESS

_UNREACHABLE = frozenset(
    {
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.EHOSTDOWN,
        errno.ENETDOWN,
        getattr(errno, "ENONET", errno.ENETDOWN),
    }
)


def outcome_of(code: int, *, has_icmp: bool) -> Outcome:
    """Classify a failed connect, send or receive.

    ICMP turns errors that look local into answers from the network: EACCES with ICMPv6 1/1 is a
    remote firewall, EACCES without is a rule of this machine.
    """
    if code == errno.ECONNREFUSED:
        return Outcome.REFUSED
    if code == errno.ECONNRESET:
        return Outcome.CLOSED_BY_PEER
    if code == errno.ETIMEDOUT:
        return Outcome.TIMED_OUT
    # No ICMP error becomes EPERM: a firewall rule of this machine stopped it, whatever it says besides.
    if code in _UNREACHABLE or (has_icmp and code != errno.EPERM):
        return Outcome.UNREACHABLE
    return Outcome.LOCAL_ERROR


def of_datagram(code: int) -> int:
    """The error number of a datagram's fate: Windows calls a port unreachable a reset (WSAECONNRESET)."""
    return errno.ECONNREFUSED if code == errno.ECONNRESET else code


@cache
def errno_name(code: int) -> str:
    """The symbolic name of an error number, such as ECONNREFUSED; Windows' WSAECONNREFUSED is the same."""
    return errno.errorcode.get(code, f"errno {code}").removeprefix("WSA")
