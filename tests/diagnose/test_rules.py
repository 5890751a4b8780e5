"""Each rule by example: an observation in, the first causes and their confidences out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from portview.diagnose.engine import findings
from portview.diagnose.evidence import Evidence
from portview.diagnose.rules.registry import RULES
from portview.knowledge.load import Kind, cause, cause_ids, facts
from portview.probe.records import Attempt, Closing, NameFailure, NameSource, Observation, Resolution
from portview.sockets.records import LocalSocket, Owner
from portview.vocabulary import Confidence, Outcome, Protocol, SenderClass
from tests.diagnose.conftest import (
    BROADCAST,
    IPV6,
    PUBLIC,
    TARGET,
    UDP_BROADCAST,
    UDP_HERE,
    UDP_LISTENER,
    attempt,
    closed,
    connected,
    icmp,
    listener,
    local_error,
    observation,
    queue,
    rst,
    silent,
    unreachable,
    unresolved,
)
from tests.diagnose.exchanged_cases import EXCHANGED
from tests.diagnose.path_cases import LIES, PATHS

SELF, ROUTER, GATEWAY = SenderClass.SELF, SenderClass.ROUTER, SenderClass.GATEWAY
FAKE = "198.18.3.4"


def here(*attempts: Attempt) -> Observation:
    return observation(*attempts, this_machine=True)


def udp(one: Attempt, **more: bool) -> Observation:
    return observation(one, protocol=Protocol.UDP, this_machine=more.get("this_machine", False))


def named(
    one: Attempt, source: NameSource = NameSource.SYSTEM, dns: tuple[str, ...] | None = None
) -> Observation:
    resolution = Resolution("nas.lan", (one.address,), source, dns_addresses=dns)
    return observation(one, host="nas.lan", resolution=resolution)


def _owned(*stopped: bool | None) -> LocalSocket:
    """A listener whose owners are stopped, or run, or may be either."""
    return replace(listener(), owners=tuple(Owner(pid, "x", stopped=one) for pid, one in enumerate(stopped)))


def _overflowed(times: int) -> Observation:
    return replace(here(silent()), queue_overflows=times)


def _completed(name: str) -> Observation:
    seen = named(silent())
    return replace(seen, resolution=replace(seen.resolution, completed=name))


def _hasty(one: Attempt, *controls: Attempt) -> Observation:
    """A knock that nothing seemed to leave this machine for, in a wait too short for a search to end."""
    return observation(replace(one, sent=False), controls=controls, timeout_s=2.0)


_NO_NEIGHBOUR = unreachable(icmp(3, 1, SELF), port=80)
_ALIVE = (rst(port=22),)
_PUBLIC_ALIVE = (connected(PUBLIC, 22),)
_OPEN_EVERYWHERE = (connected(port=47113), connected(port=47114))

# An observation, this machine's listeners (None: not known), and the causes from the first on, with a
# sign for their confidence.
Case = tuple[Observation, Sequence[LocalSocket] | None, str]
_SIGNS = {Confidence.CERTAIN: "!", Confidence.LIKELY: "~", Confidence.POSSIBLE: "?"}

_REFUSED: Sequence[Case] = (
    (observation(rst()), None, "no_listener~ bound_loopback? wrong_port? fw_reset_host?"),
    (
        observation(rst(PUBLIC)),
        None,
        "no_listener~ bound_loopback? wrong_port? no_port_forward? fw_reset_host? rst_injector?",
    ),
    (observation(rst(), controls=(silent(port=22),)), None, "no_listener~"),
    (observation(rst(self_connect=True)), None, "no_listener!"),
    (observation(rst(icmp=icmp(3, 3))), None, "fw_reject_host! fail2ban_ban?"),
    (observation(rst(port=30080, icmp=icmp(3, 3))), None, "fw_reject_host! k8s_no_endpoints?"),
    (observation(rst(icmp=icmp(3, 3, ROUTER))), None, "fw_reject_path!"),
    (observation(rst(port=30080, icmp=icmp(3, 3, ROUTER))), None, "fw_reject_path! k8s_no_endpoints?"),
    (observation(rst(icmp=icmp(3, 3, GATEWAY))), None, "fw_reject_path!"),
    (observation(rst(icmp=icmp(3, 3, SELF))), None, "client_out_reject!"),
    (observation(rst(icmp=icmp(3, 3, None))), None, "fw_reject_host~ fw_reject_path?"),
    (observation(unreachable(icmp(3, 13))), None, "fw_reject_host!"),
    (
        observation(unreachable(icmp(3, 10, address=PUBLIC), address=PUBLIC)),
        None,
        "fw_reject_host! oracle_image_iptables?",
    ),
    (observation(unreachable(icmp(3, 13, ROUTER))), None, "fw_reject_path!"),
    (observation(unreachable(icmp(3, 13, SELF))), None, "client_out_reject!"),
)

_UNREACHABLE: Sequence[Case] = (
    (observation(unreachable(icmp(3, 1, SELF), elapsed_ms=3070.0)), None, "host_off~"),
    (observation(unreachable(icmp(3, 1, SELF))), None, "host_off~ client_out_reject?"),
    (observation(unreachable(icmp(3, 1, ROUTER))), None, "host_off~ fw_reject_path?"),
    (observation(unreachable(icmp(3, 1), elapsed_ms=3070.0)), None, "forward_wrong_target~ fw_reject_host?"),
    (observation(unreachable(icmp(3, 1))), None, "fw_reject_host~ forward_wrong_target?"),
    (observation(unreachable(icmp(3, 0, ROUTER), "ENETUNREACH")), None, "route_missing~"),
    (
        observation(unreachable(icmp(3, 0, ROUTER), "ENETUNREACH", address=PUBLIC)),
        None,
        "route_missing~ ddos_blackhole?",
    ),
    (observation(unreachable(icmp(3, 0), "ENETUNREACH")), None, "fw_reject_host~"),
    (observation(unreachable(icmp(3, 0, SELF), "ENETUNREACH")), None, "client_out_reject~"),
    (observation(unreachable(icmp(11, 0, ROUTER))), None, "routing_loop~"),
    (observation(unreachable(None, elapsed_ms=900.0)), None, "host_off? route_missing? fw_reject_host?"),
    (observation(unreachable(None, address="100.64.0.9", elapsed_ms=900.0)), None, "cgnat?"),
)

_SILENT: Sequence[Case] = (
    (observation(silent()), None, "fw_drop_host? host_off?"),
    (observation(silent(PUBLIC)), None, "fw_drop_host? cloud_sg_drop? host_off? no_port_forward?"),
    (observation(silent(), controls=(silent(port=22),)), None, "host_silent~ fw_drop_host?"),
    (observation(silent(), controls=(silent(port=22), _NO_NEIGHBOUR), timeout_s=2.0), None, "host_off~"),
    (_hasty(silent()), None, "fw_drop_host? host_off?"),
    (_hasty(silent(), _NO_NEIGHBOUR), None, "host_off~"),
    (_hasty(silent(), rst(port=22)), None, "client_out_drop!"),
    (
        observation(silent(), controls=_ALIVE),
        None,
        "fw_drop_host~ fw_windows? fw_drop_path? client_out_drop? accept_queue_full? fail2ban_ban?",
    ),
    (
        observation(silent(PUBLIC, 443), controls=_PUBLIC_ALIVE),
        None,
        "fw_drop_host~ cloud_sg_drop? no_port_forward? provider_port_block_in? icp_filing_missing?",
    ),
    (
        observation(silent(IPV6), controls=(rst(IPV6, 22),)),
        None,
        "fw_drop_host~ cloud_sg_drop? ipv6_cpe_firewall?",
    ),
    (observation(silent(PUBLIC, 25), controls=_PUBLIC_ALIVE), None, "provider_port_block_out~"),
    (observation(silent(PUBLIC, 25)), None, "provider_port_block_out?"),
    (observation(silent("100.64.0.9")), None, "fw_drop_host? cgnat?"),
    (named(silent()), None, "fw_drop_host? host_off? dns_private? stale_dns?"),
)

_ESTABLISHED: Sequence[Case] = (
    (observation(connected(port=22, first_bytes=b"SSH-2.0-x\r\n")), None, "healthy!"),
    (observation(connected(port=443, first_bytes=b"SSH-2.0-x\r\n")), None, "wrong_port~ healthy~"),
    (observation(connected(first_bytes=b"\x15\x03\x01\x00\x02\x02\x28")), None, "healthy! tls_expected?"),
    (observation(connected()), None, "healthy~"),
    (observation(connected(port=443)), None, "healthy~"),
    (observation(connected(), quick=True), None, "healthy~"),
    (observation(connected(port=22)), None, "service_hung~ healthy? backend_down?"),
    (observation(connected(), controls=_OPEN_EVERYWHERE), None, "transparent_proxy_client~ syn_proxy?"),
    (observation(connected(), controls=_OPEN_EVERYWHERE[:1]), None, "healthy~ transparent_proxy_client?"),
    (observation(closed(first_bytes=b"Exceeded MaxStartups\r\n")), None, "sshd_maxstartups!"),
    (
        observation(closed(first_bytes=b"Not allowed at this time\r\n")),
        None,
        "sshd_source_penalty~ sshd_maxstartups~",
    ),
    (
        observation(
            closed(
                first_bytes=b"G\0\0\0\xffj\x04Host '10.0.0.9' is not allowed to connect to this MySQL server"
            )
        ),
        None,
        "access_list!",
    ),
    (
        observation(closed(first_bytes=b"Host 'a' is blocked because of many connection errors")),
        None,
        "access_list!",
    ),
    (observation(closed(first_bytes=b"421 Too many connections")), None, "conn_limit!"),
    (observation(closed(first_bytes=b"-DENIED Redis is running in protected mode")), None, "access_list!"),
    (observation(closed(first_bytes=b"RFB 003.008 Too many security failures")), None, "access_list!"),
    (observation(closed(first_bytes=b"554 5.7.1 no\r\n")), None, "access_list~"),
    (observation(closed(first_bytes=b"421 later\r\n")), None, "conn_limit~"),
    (observation(closed(first_bytes=b"bye")), None, "access_list~ conn_limit?"),
    (
        observation(closed()),
        None,
        "backend_down? access_list? conn_limit? transparent_proxy_client? lb_no_backend? tcp_wrappers?",
    ),
    (
        observation(closed(by=Closing.RST)),
        None,
        "backend_down? access_list? conn_limit? transparent_proxy_client? abort_on_overflow?",
    ),
    (observation(closed(closed_after_ms=4000.0)), None, "backend_down? lb_no_backend?"),
    (observation(closed(port=22)), None, "sshd_maxstartups? sshd_source_penalty?"),
    (observation(closed(port=445)), None, "samba_hosts_allow?"),
    (here(closed()), [listener(name="docker-proxy")], "docker_proxy_dead_backend~"),
    (here(closed()), [listener(name="ssh")], "ssh_forward_dead_target~"),
    (here(closed()), [listener(name="haproxy")], "lb_no_backend~"),
    (here(closed()), [listener(name="my-app")], "backend_down?"),
    (observation(closed(stage="connect", errno="ECONNRESET")), None, "backend_down~ lb_no_backend?"),
    (
        observation(closed(PUBLIC, stage="connect", errno="ECONNRESET")),
        None,
        "backend_down~ lb_no_backend? rst_injector?",
    ),
)

_HERE: Sequence[Case] = (
    (here(rst()), None, "no_listener~"),
    (here(rst()), [], "no_listener!"),
    (here(rst()), [listener(port=1)], "no_listener!"),
    (here(rst()), [listener(protocol=Protocol.UDP, state="UNCONN")], "no_listener!"),
    (here(rst()), [listener("127.0.0.1")], "bound_loopback!"),
    (here(rst()), [listener("10.0.0.5")], "bound_other_address!"),
    (here(rst()), [listener("10.0.0.5"), listener("127.0.0.1")], "bound_other_address!"),
    (here(rst("::1")), [listener()], "v4_only!"),
    (here(rst("::1")), [listener("127.0.0.1")], "v4_only!"),
    (here(rst("127.0.0.1")), [listener("::")], "v6_only!"),
    (here(rst()), [listener()], "fw_reset_host~"),
    (here(rst(icmp=icmp(3, 3, SELF))), [listener()], "fw_reject_host!"),
    (here(silent()), [listener(queue=queue(6, 5))], "accept_queue_full! fw_drop_host~"),
    (here(silent()), [listener(queue=queue(5, 5))], "accept_queue_full~ fw_drop_host~"),
    (here(silent()), [listener(queue=queue(0, 5))], "fw_drop_host~ client_out_drop? accept_queue_full?"),
    (here(silent()), [], "fw_drop_host~ client_out_drop?"),
    (here(silent()), None, "fw_drop_host? client_out_drop? accept_queue_full?"),
    (here(connected()), [listener()], "healthy~"),
    (here(connected("127.0.0.1")), [listener("127.0.0.1")], "healthy~"),
    (here(connected()), [listener("::", queue=queue(1, 5))], "healthy~ service_hung~"),
    (udp(rst(icmp=icmp(3, 3)), this_machine=True), [], "no_listener!"),
    (here(connected()), [_owned(True)], "service_hung! healthy~"),
    (here(silent()), [_owned(True)], "service_hung! fw_drop_host~"),
    (here(connected(first_bytes=b"220 x")), [_owned(True)], "healthy!"),
    (here(connected()), [_owned(True, False)], "healthy~"),
    (here(connected()), [_owned(None)], "healthy~"),
    (_overflowed(1), [listener(queue=queue(1, None))], "accept_queue_full~ fw_drop_host~"),
    (here(silent()), [listener(queue=queue(6, None))], "accept_queue_full~ fw_drop_host~"),
    (here(silent()), [listener(queue=queue(0, None))], "fw_drop_host~ client_out_drop? accept_queue_full?"),
    (_overflowed(0), [listener(queue=queue(1, None))], "fw_drop_host~ client_out_drop? accept_queue_full?"),
    (_overflowed(1), [listener(queue=queue(0, None))], "fw_drop_host~ client_out_drop? accept_queue_full?"),
)

_LOCAL: Sequence[Case] = (
    (observation(local_error("EADDRNOTAVAIL")), None, "ephemeral_exhausted~"),
    (observation(local_error("EADDRNOTAVAIL", IPV6)), None, "no_local_ipv6? ephemeral_exhausted?"),
    (observation(local_error("ENFILE")), None, "fd_limit!"),
    (observation(local_error("EACCES")), None, "local_policy~"),
    (udp(local_error("EPERM")), None, "client_out_drop~ local_policy? conntrack_full?"),
    (udp(local_error("EPERM", icmp=icmp(3, 3, SELF))), None, "client_out_reject!"),
    (observation(local_error("EINVAL", "fe80::1")), None, "bad_target_address!"),
    (observation(local_error("EINVAL")), None, "no_local_route~"),
    (observation(local_error("EAFNOSUPPORT", IPV6)), None, "no_local_ipv6!"),
    (
        observation(unreachable(None, "ENETUNREACH", address="224.0.0.1", elapsed_ms=0.1)),
        None,
        "bad_target_address!",
    ),
    (BROADCAST, None, "bad_target_address!"),
    (UDP_BROADCAST, None, "bad_target_address!"),
    (observation(unreachable(None, "ENETUNREACH", elapsed_ms=0.1)), None, "no_local_route!"),
    (observation(unreachable(None, "EHOSTUNREACH", elapsed_ms=9.0)), None, "no_local_route~"),
    (
        observation(unreachable(None, "ENETUNREACH", address=IPV6, elapsed_ms=0.1)),
        None,
        "no_local_ipv6~ no_local_route?",
    ),
)

_UDP: Sequence[Case] = (
    (udp(attempt(Outcome.ANSWERED)), None, "healthy!"),
    (udp(attempt(Outcome.ANSWERED, port=69, answered_from=f"{TARGET} 40123")), None, "healthy~"),
    (udp(attempt(Outcome.ANSWERED, answered_from="192.168.1.8 20001")), None, "udp_reply_other_addr~"),
    (udp(rst(icmp=icmp(3, 3))), None, "no_listener~ fw_reject_host?"),
    (udp(rst()), None, "no_listener~ fw_reject_path?"),
    (udp(rst(icmp=icmp(3, 3, ROUTER))), None, "fw_reject_path!"),
    (udp(unreachable(icmp(3, 13))), None, "fw_reject_host!"),
    (udp(attempt(Outcome.NO_ANSWER)), None, "udp_open_or_filtered~ fw_drop_host? host_off?"),
    (udp(attempt(Outcome.NO_ANSWER, port=51820)), None, "udp_open_or_filtered~ needs_valid_payload?"),
    (udp(attempt(Outcome.NO_ANSWER), this_machine=True), [], "udp_open_or_filtered~"),
    (UDP_HERE, [UDP_LISTENER], "needs_valid_payload~ fw_drop_host?"),
    (udp(attempt(Outcome.NO_ANSWER, port=53)), None, "udp_open_or_filtered~ fw_drop_host? host_off?"),
)

_NAMES: Sequence[Case] = (
    *(
        (unresolved(failure), None, f"dns_{failure}!")
        for failure in NameFailure
        if failure is not NameFailure.OTHER
    ),
    (unresolved(NameFailure.SERVFAIL, servers=("192.168.1.1",)), None, "dns_servfail!"),
    (unresolved(NameFailure.OTHER, dns_addresses=(TARGET,)), None, "dns_nsswitch~"),
    (unresolved(NameFailure.OTHER, detail="nameserver foo is not an address"), None, "dns_no_resolver?"),
    (named(silent(), NameSource.HOSTS, (PUBLIC,)), None, "dns_hosts_override~"),
    (named(connected(), NameSource.HOSTS, (PUBLIC,)), None, "healthy~ dns_hosts_override~"),
    (named(rst(), NameSource.HOSTS), None, "no_listener~ bound_loopback?"),
    (named(connected("127.0.0.1")), None, "healthy~ dns_loopback~"),
    (named(rst("127.0.0.1")), None, "dns_loopback~ no_listener~"),
    (named(rst("0.0.0.0")), None, "dns_loopback~ no_listener~"),
    (named(rst("127.0.0.1"), NameSource.HOSTS), None, "no_listener~ bound_other_address?"),
    (observation(rst("127.0.0.1"), host="localhost"), None, "no_listener~ bound_other_address?"),
    (named(silent("203.0.113.7")), None, "dns_reserved~ fw_drop_host?"),
    (
        _completed("nas.corp.example"),
        None,
        "fw_drop_host? host_off? dns_private? dns_search_domain? stale_dns?",
    ),
    (named(connected(FAKE)), None, "fake_ip_dns~"),
    (named(silent(FAKE)), None, "dns_fake_ip~"),
    (observation(connected(FAKE)), None, "healthy~"),
    (observation(connected(), silent("192.168.1.8"), host="nas.lan"), None, "healthy~ dns_multi_a_partial!"),
    (observation(connected(), silent(IPV6), host="nas.lan"), None, "healthy~ dns_aaaa_broken~"),
    (observation(connected(), rst(IPV6), host="nas.lan"), None, "healthy~ v4_only~"),
    (observation(rst(), connected(IPV6), host="nas.lan"), None, "healthy~ v6_only~"),
    (
        observation(
            connected(), unreachable(None, "ENETUNREACH", address=IPV6, elapsed_ms=0.1), host="nas.lan"
        ),
        None,
        "healthy~ no_local_ipv6~",
    ),
)

_EXCHANGED: Sequence[Case] = tuple((seen, None, causes) for seen, _, causes in EXCHANGED)

_TRACED: Sequence[Case] = tuple((seen, own, causes) for seen, own, _, causes in (*PATHS, *LIES))

CASES = (
    *(*_REFUSED, *_UNREACHABLE, *_SILENT, *_ESTABLISHED, *_HERE, *_LOCAL, *_UDP, *_NAMES),
    *(*_EXCHANGED, *_TRACED),
)


@pytest.mark.parametrize(("seen", "listeners", "expected"), CASES)
def test_causes_in_order(seen: Observation, listeners: Sequence[LocalSocket] | None, expected: str) -> None:
    found = [
        f"{finding.cause}{_SIGNS[finding.confidence]}" for finding in findings(Evidence(seen, listeners))
    ]
    assert " ".join(found[: len(expected.split())]) == expected


def test_each_rule_has_an_example() -> None:
    idle = [
        rule.__name__ for rule in RULES if not any(tuple(rule(Evidence(seen, own))) for seen, own, _ in CASES)
    ]
    assert idle == []


def test_what_is_certain_rests_on_a_fact() -> None:
    for seen, listeners, _ in CASES:
        for finding in findings(Evidence(seen, listeners)):
            kinds = {facts()[fact.id].kind for fact in finding.because}
            assert finding.confidence is not Confidence.CERTAIN or Kind.FACT in kinds, finding


def test_each_cause_comes_once() -> None:
    for seen, listeners, _ in CASES:
        causes = [finding.cause for finding in findings(Evidence(seen, listeners))]
        assert len(causes) == len(set(causes))


def test_silence_alone_is_never_called_a_firewall() -> None:
    found = findings(Evidence(observation(silent())))
    assert {finding.confidence for finding in found} == {Confidence.POSSIBLE}
    assert {"fw_drop_host", "host_off"} <= {finding.cause for finding in found}


def test_a_short_wait_is_said() -> None:
    found = findings(Evidence(observation(silent(), timeout_s=1.0)))
    assert all("short_wait" in {fact.id for fact in finding.because} for finding in found[:2])


def test_causes_marked_for_later_are_those_without_a_rule() -> None:
    concluded = {finding.cause for seen, own, _ in CASES for finding in findings(Evidence(seen, own))}
    later = {cause_id for cause_id in cause_ids() if cause(cause_id).later}
    assert concluded | later == set(cause_ids())
    assert concluded & later == set()


def test_no_fact_is_idle() -> None:
    used = {
        fact.id
        for seen, own, _ in (*CASES, (observation(silent(), timeout_s=1.0), None, ""))
        for finding in findings(Evidence(seen, own))
        for fact in (*finding.because, *finding.against)
    }
    assert used == set(facts())
