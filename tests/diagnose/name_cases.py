"""Names that lead nowhere, astray, or to several places; and what each must be taken for."""

from collections.abc import Sequence
from dataclasses import replace

from portview.probe.records import Attempt, NameFailure, NameSource, Observation
from portview.vocabulary import Family
from tests.diagnose.conftest import (
    IPV6,
    PUBLIC,
    TARGET,
    Case,
    connected,
    icmp,
    named,
    observation,
    rst,
    silent,
    unreachable,
    unresolved,
)

FAKE = "198.18.3.4"


def _completed(name: str, one: Attempt) -> Observation:
    seen = named(one)
    completed = f"{name}.corp.example"
    return replace(seen, resolution=replace(seen.resolution, name=name, completed=completed))


def _slow(one: Attempt) -> Observation:
    seen = named(one)
    slow = replace(
        seen.resolution,
        elapsed_ms=5012.0,
        silent_servers=("192.168.1.1",),
        unanswered=(Family.IPV6,),
    )
    return replace(seen, resolution=slow)


NAMES: Sequence[Case] = (
    *(
        (unresolved(failure), None, f"dns_{failure}!")
        for failure in NameFailure
        if failure is not NameFailure.OTHER
    ),
    (unresolved(NameFailure.SERVFAIL, servers=("192.168.1.1",)), None, "dns_servfail!"),
    # The answers came, and were given to nobody.
    (replace(unresolved(NameFailure.TIMEOUT), undelivered=(6, 8)), None, "client_in_drop~ dns_timeout~"),
    (replace(unresolved(NameFailure.TIMEOUT), undelivered=(2, 8)), None, "dns_timeout!"),
    (replace(unresolved(NameFailure.NXDOMAIN), undelivered=(6, 8)), None, "dns_nxdomain!"),
    (unresolved(NameFailure.NXDOMAIN, name="nas.local"), None, "dns_mdns_name~ dns_nxdomain?"),
    (
        unresolved(
            NameFailure.NXDOMAIN, servers=("192.0.2.1", "192.0.2.2"), knowing=("192.0.2.2",), known=(TARGET,)
        ),
        None,
        "dns_servers_differ!",
    ),
    (unresolved(NameFailure.NXDOMAIN, name="nas"), None, "dns_short_name~ dns_nxdomain?"),
    (unresolved(NameFailure.SERVFAIL, name="nas"), None, "dns_servfail!"),
    (
        unresolved(NameFailure.SERVER_UNREACHABLE, detail="192.168.1.1: EPERM, 192.168.1.2: EPERM"),
        None,
        "client_out_drop~ dns_server_unreachable?",
    ),
    (
        unresolved(NameFailure.SERVER_UNREACHABLE, detail="192.168.1.1: EPERM, 192.168.1.2: ECONNREFUSED"),
        None,
        "dns_server_unreachable!",
    ),
    (unresolved(NameFailure.OTHER, dns_addresses=(TARGET,)), None, "dns_nsswitch~"),
    (unresolved(NameFailure.OTHER, detail="nameserver foo is not an address"), None, "dns_no_resolver?"),
    (unresolved(NameFailure.OTHER, detail="FORMERR", servers=("192.168.1.1",)), None, "dns_servfail?"),
    (named(silent(), NameSource.HOSTS, (PUBLIC,)), None, "dns_hosts_override~"),
    (
        named(unreachable(None, "ENETUNREACH", elapsed_ms=0.1), NameSource.HOSTS, (PUBLIC,)),
        None,
        "dns_hosts_override~ no_local_route!",
    ),
    (named(rst(icmp=icmp(3, 3)), NameSource.HOSTS, (PUBLIC,)), None, "fw_reject_host! fail2ban_ban?"),
    (replace(named(rst("127.0.0.1")), this_machine=True), [], "dns_loopback~ no_listener!"),
    (named(connected(), NameSource.HOSTS, (PUBLIC,)), None, "healthy~ dns_hosts_override~"),
    (named(rst(), NameSource.HOSTS), None, "no_listener~ bound_loopback?"),
    (named(connected("127.0.0.1")), None, "healthy~ dns_loopback~"),
    (named(rst("127.0.0.1")), None, "dns_loopback~ no_listener~"),
    (replace(named(rst("127.0.0.1")), this_machine=True), (), "dns_loopback~ no_listener!"),
    (named(rst("0.0.0.0")), None, "dns_blocked~ no_listener~"),
    (named(connected("::")), None, "dns_blocked~ healthy~"),
    (named(rst("0.0.0.0"), NameSource.HOSTS), None, "no_listener~"),
    (named(rst("127.0.0.1"), NameSource.HOSTS), None, "no_listener~ bound_other_address?"),
    (observation(rst("127.0.0.1"), host="localhost"), None, "no_listener~ bound_other_address?"),
    (named(silent("203.0.113.7")), None, "dns_reserved~ fw_drop_host?"),
    (
        _completed("nas", silent()),
        None,
        "fw_drop_host? host_off? dns_private? dns_search_domain? stale_dns?",
    ),
    (_completed("nas", connected()), None, "healthy~"),
    (_completed("www.exmaple.com", connected()), None, "healthy~ dns_search_domain?"),
    (
        _completed("www.exmaple.com", rst(icmp=icmp(3, 3))),
        None,
        "fw_reject_host! fail2ban_ban? dns_search_domain?",
    ),
    (_slow(connected()), None, "healthy~ dns_slow!"),
    (named(connected(FAKE)), None, "fake_ip_dns~"),
    (named(silent(FAKE)), None, "dns_fake_ip~"),
    (observation(connected(FAKE)), None, "healthy~"),
    (observation(connected(), silent("192.168.1.8"), host="nas.lan"), None, "healthy~ dns_multi_a_partial!"),
    (observation(connected(), silent(IPV6), host="nas.lan"), None, "healthy~ dns_aaaa_broken~"),
    # What is true of another address comes last, however sure it is.
    (
        observation(connected(port=22), silent(IPV6, 22), host="nas.lan"),
        None,
        "service_hung~ slow_greeting? healthy? backend_down? dns_aaaa_broken~",
    ),
    (observation(connected(), rst(IPV6), host="nas.lan"), None, "healthy~ v4_only~"),
    (observation(connected(), rst(IPV6), host="nas.lan", cancelled=True), None, "healthy~"),
    (observation(rst(), connected(IPV6), host="nas.lan"), None, "healthy~ v6_only~"),
    (observation(silent(), connected(IPV6), host="nas.lan"), None, "healthy~ dns_multi_a_partial~"),
    (
        observation(
            connected(), unreachable(None, "ENETUNREACH", address=IPV6, elapsed_ms=0.1), host="nas.lan"
        ),
        None,
        "healthy~ no_local_ipv6~",
    ),
)
