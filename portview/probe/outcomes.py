"""From a kernel error to the outcome that it means (the errno map of Linux's ICMP handling)."""

import errno

from portview.vocabulary import Outcome

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


def errno_name(code: int) -> str:
    """The symbolic name of an error number, such as ECONNREFUSED."""
    return errno.errorcode.get(code, f"errno {code}")
