"""No connection: refused, unreachable, silent; and what each must be taken for."""

from collections.abc import Sequence
from dataclasses import replace

from portview.probe.records import Attempt, Observation
from portview.vocabulary import SenderClass
from tests.diagnose.conftest import (
    IPV6,
    PUBLIC,
    Case,
    connected,
    icmp,
    named,
    observation,
    rst,
    silent,
    unreachable,
)

SELF, ROUTER, GATEWAY = SenderClass.SELF, SenderClass.ROUTER, SenderClass.GATEWAY


def _hasty(one: Attempt, *controls: Attempt) -> Observation:
    """A knock that nothing seemed to leave this machine for, in a wait too short for a search to end."""
    return observation(replace(one, sent=False), controls=controls, timeout_s=2.0)


_NO_NEIGHBOUR = unreachable(icmp(3, 1, SELF), port=80)
_ALIVE = (rst(port=22),)
_PUBLIC_ALIVE = (connected(PUBLIC, 22),)

REFUSED: Sequence[Case] = (
    # Not on Linux: a RST and an ICMP error look the same.
    (observation(rst(), hears_icmp=False), None, "no_listener? bound_loopback? wrong_port? fw_reject_host?"),
    (observation(rst(), hears_icmp=False, this_machine=True), (), "no_listener!"),
    (observation(rst()), None, "no_listener~ bound_loopback? wrong_port? fw_reset_host? fw_reset_path?"),
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
    (observation(unreachable(icmp(3, 15, ROUTER))), None, "fw_reject_path!"),
    (observation(unreachable(icmp(12, 0, ROUTER))), None, "fw_reject_path? route_missing?"),
    (observation(unreachable(icmp(3, 8))), None, "fw_reject_host?"),
    (observation(unreachable(icmp(3, 5, SELF))), None, "client_out_reject?"),
    (observation(unreachable(icmp(3, 5, None))), None, "host_off? route_missing? fw_reject_host?"),
    # The kernel may miss a first ICMP error; the one to the SYN after a second means the same.
    (observation(unreachable(icmp(3, 13), elapsed_ms=1010.0)), None, "fw_reject_host!"),
    (observation(rst(icmp=icmp(3, 3), elapsed_ms=1010.0)), None, "fw_reject_host! fail2ban_ban?"),
    (observation(rst(elapsed_ms=1010.0)), None, "no_listener~ bound_loopback?"),
    (
        observation(unreachable(icmp(1, 5, ROUTER, IPV6), "EACCES", address=IPV6)),
        None,
        "source_rejected~ fw_reject_path?",
    ),
    (
        observation(unreachable(icmp(1, 1, ROUTER, IPV6), "EACCES", address=IPV6)),
        None,
        "fw_reject_path!",
    ),
    (observation(unreachable(icmp(3, 13, SELF))), None, "client_out_reject!"),
)

UNREACHABLE: Sequence[Case] = (
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

SILENT: Sequence[Case] = (
    (observation(silent()), None, "fw_drop_host? host_off?"),
    (observation(silent(PUBLIC)), None, "fw_drop_host? cloud_sg_drop? host_off? no_port_forward?"),
    (observation(silent(), controls=(silent(port=22),)), None, "host_silent~ fw_drop_host?"),
    (observation(silent(), controls=(silent(port=22),), cancelled=True), None, "fw_drop_host? host_off?"),
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
        "fw_drop_host~ cloud_sg_drop? no_port_forward? provider_port_block_in?",
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
