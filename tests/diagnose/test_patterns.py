"""Every outcome and ICMP error has its pattern, and every pattern has words."""

from itertools import product

import pytest

from portview.diagnose.evidence import Evidence
from portview.diagnose.patterns import pattern_of
from portview.knowledge.load import patterns
from portview.probe.records import Attempt, Closing, IcmpError, NameFailure, Observation
from portview.vocabulary import Outcome, Protocol, SenderClass
from tests.diagnose.conftest import (
    BROADCAST,
    CANCELLED,
    IPV6,
    TARGET,
    UDP_BROADCAST,
    UDP_HERE,
    UDP_LISTENER,
    attempt,
    closed,
    connected,
    icmp,
    local_error,
    observation,
    rst,
    silent,
    unreachable,
    unresolved,
)
from tests.diagnose.established_cases import ESTABLISHED
from tests.diagnose.exchanged_cases import EXCHANGED
from tests.diagnose.first_step_cases import FIRST_STEP
from tests.diagnose.path_cases import LIES, PATHS

_IPV6_ADMIN = attempt(
    Outcome.UNREACHABLE, IPV6, errno="EACCES", stage="connect", icmp=icmp(1, 1, SenderClass.TARGET, IPV6)
)


@pytest.mark.parametrize(
    ("seen", "pattern"),
    [
        (CANCELLED, "knock_cancelled"),
        (observation(rst()), "tcp_refused_rst"),
        (observation(rst(), hears_icmp=False), "tcp_refused"),
        (observation(rst(), controls=(silent(port=22),)), "tcp_refused_rst_one_port"),
        (observation(rst(icmp=icmp(3, 3))), "tcp_refused_icmp_target"),
        (observation(rst(icmp=icmp(3, 3, SenderClass.GATEWAY))), "tcp_refused_icmp_router"),
        (observation(rst(icmp=icmp(3, 3, SenderClass.SELF))), "tcp_refused_icmp_self"),
        (observation(rst(icmp=icmp(3, 3, SenderClass.SELF)), this_machine=True), "tcp_refused_icmp_target"),
        (observation(rst(icmp=icmp(3, 3, None))), "tcp_refused_icmp_unnamed"),
        (observation(unreachable(icmp(3, 13))), "tcp_prohibited_target"),
        (observation(_IPV6_ADMIN), "tcp_prohibited_target"),
        (observation(unreachable(icmp(3, 10, SenderClass.ROUTER))), "tcp_prohibited_router"),
        (observation(unreachable(icmp(3, 1, SenderClass.SELF), elapsed_ms=3070.0)), "tcp_host_unreach_lan"),
        (
            observation(unreachable(icmp(3, 1, SenderClass.ROUTER), elapsed_ms=3070.0)),
            "tcp_host_unreach_remote",
        ),
        (observation(unreachable(icmp(3, 1, SenderClass.ROUTER))), "tcp_host_unreach_fast"),
        (observation(unreachable(icmp(3, 1))), "tcp_host_unreach_forward"),
        (observation(unreachable(icmp(3, 0, SenderClass.ROUTER), "ENETUNREACH")), "tcp_net_unreach_router"),
        (observation(unreachable(icmp(11, 0, SenderClass.ROUTER))), "tcp_ttl_exceeded"),
        (observation(unreachable(icmp(3, 5))), "tcp_icmp_other"),
        (observation(unreachable(None, "ENETUNREACH", elapsed_ms=0.1)), "tcp_net_unreach_local"),
        (observation(unreachable(None, elapsed_ms=900.0)), "tcp_unreach_unnamed"),
        (observation(silent()), "tcp_timeout"),
        (observation(silent(), controls=(silent(port=22),)), "tcp_timeout_all_ports"),
        (observation(silent(), controls=(rst(port=22),)), "tcp_timeout_this_port_host_alive"),
        (observation(silent(), controls=(rst("192.168.1.8", 22),)), "tcp_timeout"),
        (observation(local_error("EADDRNOTAVAIL")), "tcp_local_eaddrnotavail"),
        (observation(local_error("EMFILE")), "tcp_local_emfile"),
        (observation(local_error("EPERM")), "tcp_local_policy"),
        (observation(local_error("EINVAL")), "tcp_local_invalid"),
        (observation(local_error("EPROTO")), "tcp_local_other"),
        (BROADCAST, "address_broadcast"),
        (UDP_BROADCAST, "address_broadcast"),
        (observation(unreachable(None, "ENETUNREACH", address="224.0.0.1")), "address_multicast"),
        (
            observation(silent(), controls=(unreachable(icmp(3, 1, SenderClass.SELF), port=80),)),
            "tcp_timeout_all_ports",
        ),
        (observation(connected(), quick=True), "est_connected"),
        (observation(connected(port=22, first_bytes=b"SSH-2.0-x\r\n")), "est_banner_ok"),
        (observation(connected(port=443, first_bytes=b"SSH-2.0-x\r\n")), "est_banner_other_service"),
        (observation(connected(first_bytes=b"\x01\x02")), "est_banner_ok"),
        (observation(connected(port=443)), "est_silent"),
        (observation(connected()), "est_silent"),
        (observation(connected(port=22)), "est_silent_no_greeting"),
        (observation(connected(port=22, acknowledged=False)), "est_lost_after_handshake"),
        (observation(closed()), "est_closed_at_once_fin"),
        (observation(closed(by=Closing.RST)), "est_reset_at_once"),
        (observation(closed(closed_after_ms=3000.0)), "est_closed_after_wait"),
        (observation(closed(first_bytes=b"no")), "est_closed_after_text"),
        (observation(rst(self_connect=True)), "est_self_connect"),
        (unresolved(NameFailure.NXDOMAIN), "dns_nxdomain"),
    ],
)
def test_tcp(seen: Observation, pattern: str) -> None:
    assert pattern_of(Evidence(seen)) == pattern


@pytest.mark.parametrize(
    ("seen", "pattern"),
    [
        (attempt(Outcome.ANSWERED), "udp_reply"),
        (attempt(Outcome.ANSWERED, answered_from="192.168.1.8 53"), "udp_reply_other_addr"),
        (rst(icmp=icmp(3, 3)), "udp_icmp_port_target"),
        (rst(icmp=icmp(3, 3, SenderClass.ROUTER)), "udp_icmp_router"),
        (rst(icmp=icmp(3, 3, SenderClass.SELF)), "udp_icmp_self"),
        (rst(), "udp_icmp_unnamed"),
        (local_error("EPERM", icmp=icmp(3, 3, SenderClass.SELF)), "udp_icmp_self"),
        (unreachable(icmp(3, 13)), "udp_icmp_prohibited"),
        (unreachable(icmp(3, 1, SenderClass.SELF)), "udp_host_unreach_lan"),
        (unreachable(icmp(3, 1, SenderClass.ROUTER)), "udp_host_unreach_remote"),
        (attempt(Outcome.NO_ANSWER), "udp_silent"),
        (local_error("EPERM"), "udp_send_eperm"),
        (local_error("EMSGSIZE"), "udp_local_other"),
        # A datagram may go to a group: that it does not has another reason.
        (unreachable(None, "ENETUNREACH", address="224.0.0.1", elapsed_ms=0.1), "udp_net_unreach_local"),
        (local_error("EPERM", "224.0.0.1"), "udp_send_eperm"),
    ],
)
def test_udp(seen: Attempt, pattern: str) -> None:
    assert pattern_of(Evidence(observation(seen, protocol=Protocol.UDP))) == pattern


def test_udp_silence_of_a_listener_here() -> None:
    assert pattern_of(Evidence(UDP_HERE, [UDP_LISTENER])) == "udp_silent_listener"
    assert pattern_of(Evidence(UDP_HERE, [])) == "udp_silent"


_ERRNOS = ("ENETUNREACH", "EACCES", "EMFILE", "EADDRNOTAVAIL", "EINVAL", "EPROTO", None)
_ICMP = [
    None,
    *(
        IcmpError(kind, code, TARGET, sender)
        for kind, code, sender in product((1, 3, 11), (0, 1, 2, 3, 13), (*SenderClass, None))
    ),
]


def _everything() -> set[str]:
    """All patterns that the code can return, found by trying all that it looks at."""
    seen = {pattern_of(Evidence(unresolved(failure))) for failure in NameFailure}
    seen.add(pattern_of(Evidence(unresolved(NameFailure.NXDOMAIN, knowing=("192.0.2.2",)))))
    for outcome, errno, error, elapsed, protocol in product(Outcome, _ERRNOS, _ICMP, (0.1, 3000.0), Protocol):
        one = attempt(outcome, errno=errno, icmp=error, elapsed_ms=elapsed)
        seen.add(pattern_of(Evidence(observation(one, protocol=protocol))))
    ports = (22, 443, 20001)
    words = (None, b"SSH-2.0-x", b"?")
    for outcome, port, first, quick in product(
        (Outcome.CONNECTED, Outcome.CLOSED_BY_PEER), ports, words, (True, False)
    ):
        for by, after, stage in product(Closing, (0.1, 3000.0), (None, "connect")):
            one = attempt(
                outcome, port=port, first_bytes=first, closed_by=by, closed_after_ms=after, stage=stage
            )
            seen.add(pattern_of(Evidence(observation(one, quick=quick))))
    for controls in ((silent(port=1),), (rst(port=1),)):
        seen |= {pattern_of(Evidence(observation(one, controls=controls))) for one in (rst(), silent())}
    seen |= {pattern_of(Evidence(one)) for one, _, _ in EXCHANGED}
    seen |= {pattern_of(Evidence(one)) for one, *_ in (*PATHS, *LIES, *FIRST_STEP)}
    seen |= {pattern_of(Evidence(one)) for one, _, _ in ESTABLISHED}
    elsewhere = attempt(Outcome.ANSWERED, answered_from="192.168.1.8 53")
    seen.add(pattern_of(Evidence(observation(elsewhere, protocol=Protocol.UDP))))
    seen |= {
        pattern_of(Evidence(one))
        for one in (BROADCAST, observation(unreachable(None, "ENETUNREACH", address="224.0.0.1")))
    }
    seen |= {pattern_of(Evidence(UDP_HERE, [UDP_LISTENER])), pattern_of(Evidence(CANCELLED))}
    refusals = observation(rst(self_connect=True)), observation(rst(), hears_icmp=False)
    return seen | {pattern_of(Evidence(one)) for one in refusals}


def test_each_pattern_has_words_and_no_words_are_idle() -> None:
    assert _everything() == set(patterns())
