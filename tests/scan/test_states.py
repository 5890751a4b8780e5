import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.scan.records import Reason
from portview.scan.states import SHORTAGES, judge
from portview.vocabulary import Family, Protocol, State

V4, V6 = Family.IPV4, Family.IPV6
TCP, UDP = Protocol.TCP, Protocol.UDP
icmp_bytes = st.integers(0, 255)
errors = st.sampled_from(sorted(set(errno.errorcode.values()) - SHORTAGES))


@pytest.mark.parametrize(
    ("error", "icmp", "family", "state", "reason"),
    [
        ("ECONNREFUSED", None, V4, "closed", "conn-refused"),
        ("ECONNREFUSED", None, V6, "closed", "conn-refused"),
        ("ECONNREFUSED", (3, 3), V4, "filtered", "port-unreach"),
        ("EHOSTUNREACH", (3, 1), V4, "filtered", "host-unreach"),
        ("ENETUNREACH", (3, 0), V4, "filtered", "net-unreach"),
        ("ENOPROTOOPT", (3, 2), V4, "filtered", "proto-unreach"),
        ("ENETUNREACH", (3, 9), V4, "filtered", "net-prohibited"),
        ("EHOSTUNREACH", (3, 10), V4, "filtered", "host-prohibited"),
        ("EHOSTUNREACH", (3, 13), V4, "filtered", "admin-prohibited"),
        ("EHOSTDOWN", (3, 7), V4, "filtered", "dest-unreach"),
        ("EHOSTUNREACH", (11, 0), V4, "filtered", "time-exceeded"),
        ("EPROTO", (12, 0), V4, "filtered", "unknown-response"),
        ("ENETUNREACH", (1, 0), V6, "filtered", "no-route"),
        ("EACCES", (1, 1), V6, "filtered", "admin-prohibited"),
        ("EHOSTUNREACH", (1, 3), V6, "filtered", "host-unreach"),
        ("ECONNREFUSED", (1, 4), V6, "filtered", "port-unreach"),
        ("EACCES", (1, 5), V6, "filtered", "admin-prohibited"),
        ("EACCES", (1, 6), V6, "filtered", "admin-prohibited"),
        ("EHOSTUNREACH", (3, 0), V6, "filtered", "time-exceeded"),
        (None, None, V4, "filtered", "no-response"),
        ("ETIMEDOUT", None, V4, "filtered", "no-response"),
        ("ENETUNREACH", None, V4, "filtered", "no-route"),
        ("EHOSTUNREACH", None, V4, "filtered", "host-unreach"),
        ("EPERM", None, V4, "filtered", "perm-denied"),
        ("EACCES", None, V6, "filtered", "perm-denied"),
        ("ECONNRESET", None, V4, "open", "syn-ack"),
        ("EINVAL", None, V6, "filtered", "no-route"),
    ],
)
def test_tcp(
    error: str | None, icmp: tuple[int, int] | None, family: Family, state: str, reason: str
) -> None:
    assert judge(error, icmp, family=family) == (State(state), Reason(reason))


@pytest.mark.parametrize(
    ("error", "icmp", "family", "from_target", "state", "reason"),
    [
        ("ECONNREFUSED", (3, 3), V4, True, "closed", "port-unreach"),
        ("ECONNREFUSED", (1, 4), V6, True, "closed", "port-unreach"),
        ("ECONNREFUSED", (3, 3), V4, False, "filtered", "port-unreach"),
        ("ECONNREFUSED", None, V4, True, "closed", "port-unreach"),
        ("EHOSTUNREACH", (3, 13), V4, True, "filtered", "admin-prohibited"),
        ("EACCES", (1, 1), V6, True, "filtered", "admin-prohibited"),
        (None, None, V4, True, "open|filtered", "no-response"),
        ("EPERM", None, V4, True, "filtered", "perm-denied"),
    ],
)
def test_udp(
    error: str | None,
    icmp: tuple[int, int] | None,
    family: Family,
    from_target: bool,
    state: str,
    reason: str,
) -> None:
    verdict = judge(error, icmp, family=family, protocol=UDP, from_target=from_target)
    assert verdict == (State(state), Reason(reason))


@given(errors, st.tuples(icmp_bytes, icmp_bytes), st.sampled_from(Family), st.booleans())
def test_an_icmp_error_never_means_a_closed_or_open_tcp_port(
    error: str, icmp: tuple[int, int], family: Family, from_target: bool
) -> None:
    assert judge(error, icmp, family=family, from_target=from_target)[0] is State.FILTERED


@given(errors.filter(lambda name: name not in ("ECONNRESET", "EPIPE")), st.sampled_from(Protocol))
def test_no_error_without_a_handshake_means_open(error: str, protocol: Protocol) -> None:
    assert judge(error, protocol=protocol)[0] is not State.OPEN


def test_shortages_are_of_this_machine() -> None:
    assert {"EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "EAGAIN"} == SHORTAGES
