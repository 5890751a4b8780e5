"""Observations with the kernel's word on the way out: link, gateway, tunnel, neighbours."""

from collections.abc import Sequence
from dataclasses import replace

from portview.probe.path_records import Path
from portview.probe.records import Attempt, Observation
from portview.probe.route import Nearest, Route
from portview.vocabulary import Outcome, Protocol, SenderClass
from tests.diagnose.conftest import (
    IPV6,
    PUBLIC,
    SELF,
    TARGET,
    attempt,
    connected,
    icmp,
    local_error,
    observation,
    rst,
    silent,
    unreachable,
)
from tests.diagnose.path_cases import GATEWAY, Case, control, trace, unsent

_SELF, _GATEWAY, _ROUTER = SenderClass.SELF, SenderClass.GATEWAY, SenderClass.ROUTER
NEAR = Route(TARGET, "eth0", source=SELF)
FAR = Route(TARGET, "eth0", GATEWAY, SELF)
PUBLICLY = Route(PUBLIC, "eth0", GATEWAY, SELF)
TUNNEL = Route(TARGET, "tun0", source="10.8.0.2", tunnel=True)
_FAR6 = Route(IPV6, "eth0", "2a00:1450::1", "2a00:1450::2")
SHARED = replace(FAR, shared=True)
PASSED_OVER = replace(TUNNEL, own_network="192.168.1.0/24", own_device="eth0")

_SOUGHT = unreachable(icmp(3, 1, _SELF), elapsed_ms=3070.0)
_HERE = icmp(3, 1, _SELF)
_FAST = unreachable(_HERE)
_TURNED_DOWN = unreachable(_HERE, elapsed_ms=0.2)
_MUTE = (silent(port=80), silent(port=443))


def leaving(route: Route, one: Attempt, *controls: Attempt, timeout_s: float = 5.0) -> Observation:
    return replace(observation(one, controls=controls, timeout_s=timeout_s), route=route)


def without_carrier(route: Route) -> Route:
    return replace(route, carrier=False)


def quiet(route: Route) -> Route:
    return replace(route, nearest=Nearest.SILENT)


def answering(route: Route) -> Route:
    return replace(route, nearest=Nearest.ANSWERS)


def _datagram(route: Route, one: Attempt) -> Observation:
    return replace(observation(one, protocol=Protocol.UDP), route=route)


def _deaf(route: Route, one: Attempt, lost: int) -> Observation:
    """Of 30 packets that were sent, so many seem to have been answered in vain."""
    controls = tuple(silent(one.address, port) for port in (80, 443))
    return replace(leaving(route, one, *controls), undelivered=(lost, 30))


def _at_router(one: Attempt, route: Route = PUBLICLY) -> Observation:
    """A knock at an address that answers on another port at the first hop."""
    path = Path(PUBLIC, trace(), control(address=PUBLIC))
    return replace(observation(one, controls=(rst(PUBLIC, 443),), path=path), route=route)


# An observation, this machine's listeners, the pattern, and the causes from the first on.
FIRST_STEP: Sequence[Case] = (
    # WireGuard has no peer for the address: a tunnel has no neighbours to search for.
    (leaving(TUNNEL, _TURNED_DOWN), None, "own_tunnel_refuses", "tunnel_no_peer~ client_out_reject?"),
    (_datagram(TUNNEL, local_error("ENOKEY", icmp=_HERE)), None, "own_tunnel_refuses", "tunnel_no_peer~"),
    (_datagram(TUNNEL, local_error("EPERM", icmp=_HERE)), None, "udp_icmp_self", "client_out_reject~"),
    # What waits here for a neighbour that does not answer was not kept by a rule.
    (leaving(quiet(NEAR), unsent(silent()), *_MUTE), None, "tcp_timeout_all_ports", "host_off~"),
    (leaving(NEAR, unsent(silent()), *_MUTE), None, "tcp_timeout_not_sent", "client_out_drop!"),
    (leaving(quiet(NEAR), unsent(silent()), rst(port=80)), None, "tcp_timeout_not_sent", "client_out_drop!"),
    (leaving(without_carrier(FAR), _SOUGHT), None, "own_link_down", "link_down!"),
    (leaving(quiet(FAR), _SOUGHT, *_MUTE), None, "own_gateway_silent", "gateway_down!"),
    (leaving(without_carrier(NEAR), silent()), None, "own_link_down", "link_down!"),
    (
        leaving(without_carrier(NEAR), silent(), rst(port=80)),
        None,
        "tcp_timeout_this_port_host_alive",
        "fw_drop_host~ fw_windows?",
    ),
    (leaving(quiet(FAR), _SOUGHT), None, "own_gateway_silent", "gateway_down!"),
    (leaving(quiet(FAR), replace(silent(), sent=False)), None, "own_gateway_silent", "gateway_down!"),
    (leaving(quiet(FAR), silent(), timeout_s=1.0), None, "own_gateway_silent", "gateway_down~"),
    (leaving(FAR, _SOUGHT), None, "tcp_host_unreach_lan", "gateway_down~"),
    (leaving(FAR, _FAST), None, "tcp_host_unreach_lan", "gateway_down~ client_out_reject?"),
    (leaving(SHARED, _FAST), None, "tcp_host_unreach_lan", "gateway_down~ client_out_reject?"),
    (leaving(NEAR, _FAST), None, "tcp_host_unreach_lan", "host_off~ client_out_reject?"),
    (leaving(answering(FAR), _SOUGHT), None, "tcp_host_unreach_lan", "gateway_down?"),
    (leaving(SHARED, _SOUGHT), None, "tcp_host_unreach_lan", "gateway_down~"),
    (leaving(quiet(FAR), rst()), None, "tcp_refused_rst", "no_listener~"),
    (_datagram(quiet(FAR), attempt(Outcome.NO_ANSWER)), None, "own_gateway_silent", "gateway_down!"),
    # What came for this machine was given to nobody.
    (_deaf(FAR, silent(), 20), None, "tcp_timeout_all_ports", "client_in_drop~ fw_drop_host?"),
    (_deaf(FAR, silent(), 14), None, "tcp_timeout_all_ports", "host_silent~"),
    (_deaf(FAR, silent(), 181), None, "tcp_timeout_all_ports", "host_silent~"),
    (_deaf(answering(NEAR), silent(), 20), None, "tcp_timeout_all_ports", "client_in_drop~ fw_drop_host?"),
    (_deaf(quiet(NEAR), silent(), 20), None, "tcp_timeout_all_ports", "host_off~"),
    (_deaf(quiet(FAR), silent(), 20), None, "own_gateway_silent", "gateway_down!"),
    (_deaf(quiet(_FAR6), silent(IPV6), 3), None, "own_gateway_silent", "client_in_drop~ gateway_down~"),
    (_deaf(quiet(_FAR6), silent(IPV6), 2), None, "own_gateway_silent", "gateway_down~"),
    (_deaf(quiet(_FAR6), silent(IPV6), 0), None, "own_gateway_silent", "gateway_down!"),
    (
        replace(_datagram(FAR, attempt(Outcome.NO_ANSWER)), undelivered=(9, 15)),
        None,
        "udp_silent",
        "client_in_drop~ udp_open_or_filtered~",
    ),
    (replace(_deaf(FAR, rst(), 20), controls=()), None, "tcp_refused_rst", "no_listener~"),
    # The way of another address says nothing here.
    (
        leaving(replace(quiet(FAR), address="192.168.1.8"), silent()),
        None,
        "tcp_timeout",
        "fw_drop_host? host_off?",
    ),
    (
        leaving(quiet(NEAR), _SOUGHT),
        None,
        "tcp_host_unreach_lan",
        "host_off~ lan_isolated? wrong_netmask?",
    ),
    (leaving(quiet(NEAR), silent(), *_MUTE), None, "tcp_timeout_all_ports", "host_off~ lan_isolated?"),
    (
        leaving(answering(NEAR), silent(), *_MUTE),
        None,
        "tcp_timeout_all_ports",
        "fw_drop_host~ no_return_path?",
    ),
    (leaving(answering(FAR), silent(), *_MUTE), None, "tcp_timeout_all_ports", "host_silent~ fw_drop_host?"),
    (
        leaving(answering(FAR), unreachable(icmp(3, 1, _SELF))),
        None,
        "tcp_prohibited_self",
        "client_out_reject~",
    ),
    (leaving(PASSED_OVER, silent()), None, "tcp_timeout", "vpn_split_tunnel~"),
    (leaving(PASSED_OVER, silent(), *_MUTE), None, "tcp_timeout_all_ports", "vpn_split_tunnel~ host_silent~"),
    (leaving(PASSED_OVER, connected()), None, "est_silent", "healthy~"),
    (leaving(TUNNEL, silent(), *_MUTE), None, "tcp_timeout_all_ports", "host_silent~ vpn_split_tunnel?"),
    (leaving(TUNNEL, silent()), None, "tcp_timeout", "vpn_split_tunnel? fw_drop_host?"),
    (
        observation(unreachable(icmp(3, 0, _GATEWAY), "ENETUNREACH", address=PUBLIC)),
        None,
        "tcp_net_unreach_router",
        "uplink_down~ route_missing~",
    ),
    (
        observation(unreachable(icmp(3, 1, _GATEWAY), address=PUBLIC)),
        None,
        "tcp_host_unreach_fast",
        "uplink_down~ host_off~",
    ),
    (
        observation(unreachable(replace(icmp(3, 1, _GATEWAY), sender="93.184.215.1"), address=PUBLIC)),
        None,
        "tcp_host_unreach_fast",
        "host_off~ uplink_down?",
    ),
    # A gateway with an inner address, before a machine that is itself on the internet, as clouds have it.
    (
        observation(unreachable(icmp(3, 1, _GATEWAY), address=PUBLIC, local_address="93.184.215.20")),
        None,
        "tcp_host_unreach_fast",
        "host_off~ uplink_down?",
    ),
    (
        observation(unreachable(icmp(3, 1, _ROUTER), elapsed_ms=3070.0), controls=(connected(port=80),)),
        None,
        "tcp_host_unreach_remote",
        "host_off~ fw_reject_path?",
    ),
    (
        observation(unreachable(icmp(3, 1, _ROUTER)), controls=(connected(port=80),)),
        None,
        "tcp_unreach_but_alive",
        "fw_reject_path~",
    ),
    (
        observation(
            unreachable(icmp(3, 0, _GATEWAY), "ENETUNREACH", address=PUBLIC), controls=(rst(PUBLIC, 80),)
        ),
        None,
        "tcp_unreach_but_alive",
        "fw_reject_path~",
    ),
    (_at_router(silent(PUBLIC)), None, "pat_drop_at_target", "hairpin_missing~ fw_drop_host~"),
    (_at_router(rst(PUBLIC)), None, "tcp_refused_rst", "hairpin_missing~ no_listener~"),
    (
        _at_router(silent(PUBLIC), replace(PUBLICLY, source="93.184.215.2")),
        None,
        "pat_drop_at_target",
        "fw_drop_host~",
    ),
)
