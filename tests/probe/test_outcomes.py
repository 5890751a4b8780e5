"""Error numbers and what they mean."""

import errno

import pytest

from portview.probe.outcomes import errno_name, of_datagram, outcome_of
from portview.vocabulary import Outcome


@pytest.mark.parametrize(
    ("code", "has_icmp", "outcome"),
    [
        (errno.ECONNREFUSED, False, Outcome.REFUSED),
        (errno.ECONNREFUSED, True, Outcome.REFUSED),
        (errno.ECONNRESET, False, Outcome.CLOSED_BY_PEER),
        (errno.ETIMEDOUT, False, Outcome.TIMED_OUT),
        (errno.EHOSTUNREACH, True, Outcome.UNREACHABLE),
        (errno.EHOSTUNREACH, False, Outcome.UNREACHABLE),
        (errno.ENETUNREACH, False, Outcome.UNREACHABLE),
        (errno.ENETDOWN, False, Outcome.UNREACHABLE),
        (errno.ENOPROTOOPT, True, Outcome.UNREACHABLE),
        # Permission denied: a remote firewall's ICMPv6, or a rule of this machine.
        (errno.EACCES, True, Outcome.UNREACHABLE),
        (errno.EACCES, False, Outcome.LOCAL_ERROR),
        # No ICMP error becomes EPERM: what this machine forbids stays its own, whatever else came.
        (errno.EPERM, True, Outcome.LOCAL_ERROR),
        (errno.EPERM, False, Outcome.LOCAL_ERROR),
        (errno.EADDRNOTAVAIL, False, Outcome.LOCAL_ERROR),
        (errno.EINVAL, False, Outcome.LOCAL_ERROR),
        (errno.EMFILE, False, Outcome.LOCAL_ERROR),
    ],
)
def test_outcome_of_an_error(code: int, has_icmp: bool, outcome: Outcome) -> None:
    assert outcome_of(code, has_icmp=has_icmp) is outcome


@pytest.mark.parametrize(("code", "name"), [(errno.ECONNREFUSED, "ECONNREFUSED"), (99999, "errno 99999")])
def test_errno_name(code: int, name: str) -> None:
    assert errno_name(code) == name


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        (errno.ECONNRESET, errno.ECONNREFUSED),
        (errno.ECONNREFUSED, errno.ECONNREFUSED),
        (errno.EPERM, errno.EPERM),
    ],
)
def test_no_datagram_is_reset(code: int, meant: int) -> None:
    assert of_datagram(code) == meant
