"""This machine as the target or as what stops the knock; and what each must be taken for."""

from collections.abc import Sequence
from dataclasses import replace

from portview.probe.records import Observation
from portview.sockets.records import LocalSocket, Owner
from portview.vocabulary import Protocol, SenderClass
from tests.diagnose.conftest import (
    BROADCAST,
    IPV6,
    UDP_BROADCAST,
    Case,
    closed,
    connected,
    here,
    icmp,
    listener,
    local_error,
    observation,
    queue,
    rst,
    silent,
    udp,
    unreachable,
)

SELF = SenderClass.SELF


def _owned(*stopped: bool | None) -> LocalSocket:
    """A listener whose owners are stopped, or run, or may be either."""
    return replace(listener(), owners=tuple(Owner(pid, "x", stopped=one) for pid, one in enumerate(stopped)))


_MADE_BY_DOCKER = replace(listener(name=None), owner_hidden=True, cgroup="/system.slice/docker.service")


_UNSENT = replace(silent(), sent=False)


def _overflowed(times: int) -> Observation:
    return replace(here(silent()), queue_overflows=times)


HERE: Sequence[Case] = (
    (here(rst()), None, "no_listener~"),
    (here(rst()), [], "no_listener!"),
    (here(rst()), [listener(port=1)], "no_listener!"),
    (here(rst()), [listener(protocol=Protocol.UDP, state="UNCONN")], "no_listener!"),
    (here(rst()), [], "no_listener! forward_no_listener?"),
    (here(rst()), [listener("127.0.0.1")], "bound_loopback!"),
    (here(rst("127.0.0.1")), [listener("127.0.0.53")], "bound_other_address!"),
    (here(rst("127.0.0.1")), [replace(listener(), interface="eth0")], "bound_other_address!"),
    (here(connected()), [replace(listener(), interface="eth0", queue=queue(1, 5))], "healthy~ service_hung~"),
    (here(rst()), [listener("10.0.0.5")], "bound_other_address!"),
    (here(rst()), [listener("10.0.0.5"), listener("127.0.0.1")], "bound_other_address!"),
    (here(rst("::1")), [listener()], "v4_only!"),
    (here(rst("::1")), [listener("127.0.0.1")], "v4_only!"),
    (here(rst("127.0.0.1")), [listener("::")], "v6_only!"),
    (here(rst("127.0.0.1")), [replace(listener("::"), v6only=True)], "v6_only!"),
    (
        here(rst("127.0.0.1")),
        [replace(listener("::"), v6only=False, interface="eth0")],
        "bound_other_address!",
    ),
    (here(rst("127.0.0.1")), [replace(listener("::"), v6only=False)], "fw_reset_host~"),
    (here(rst()), [listener()], "fw_reset_host~ forward_no_listener?"),
    (here(rst()), [listener(name="docker-proxy")], "docker_proxy_dead_backend~ fw_reset_host?"),
    (here(rst()), [_MADE_BY_DOCKER], "docker_proxy_dead_backend~ fw_reset_host?"),
    (here(rst("127.0.0.1")), [_MADE_BY_DOCKER], "fw_reset_host~"),
    (here(closed()), [_MADE_BY_DOCKER], "docker_proxy_dead_backend~"),
    (here(rst(icmp=icmp(3, 3, SELF))), [listener()], "fw_reject_host!"),
    (here(silent()), [listener(queue=queue(6, 5))], "accept_queue_full!"),
    (here(silent()), [listener(queue=queue(5, 5))], "accept_queue_full~ fw_drop_host~"),
    (here(silent()), [listener(queue=queue(0, 5))], "fw_drop_host~ client_out_drop?"),
    (here(silent()), [], "fw_drop_host~ client_out_drop?"),
    (here(silent()), None, "fw_drop_host? client_out_drop? accept_queue_full?"),
    (here(connected()), [listener()], "healthy~"),
    (here(connected("127.0.0.1")), [listener("127.0.0.1")], "healthy~"),
    (here(connected()), [listener("::", queue=queue(1, 5))], "healthy~ service_hung~"),
    (udp(rst(icmp=icmp(3, 3)), this_machine=True), [], "no_listener!"),
    (
        here(connected(port=22)),
        [listener(port=22, queue=queue(0, 5))],
        "service_hung? slow_greeting? healthy?",
    ),
    (here(connected()), [_owned(True)], "service_stopped!"),
    (here(silent()), [_owned(True)], "service_stopped! fw_drop_host~"),
    (here(connected(first_bytes=b"220 x")), [_owned(True)], "healthy!"),
    (here(connected()), [_owned(True, False)], "healthy~"),
    (here(connected()), [_owned(None)], "healthy~"),
    (_overflowed(1), [listener(queue=queue(1, None))], "accept_queue_full~ fw_drop_host~"),
    (here(silent()), [listener(queue=queue(6, None))], "accept_queue_full~ fw_drop_host~"),
    (here(silent()), [listener(queue=queue(0, None))], "fw_drop_host~ client_out_drop?"),
    (_overflowed(0), [listener(queue=queue(1, None))], "fw_drop_host~ client_out_drop? accept_queue_full?"),
    (_overflowed(1), [listener(queue=queue(0, None))], "fw_drop_host~ client_out_drop?"),
)

LOCAL: Sequence[Case] = (
    (observation(local_error("EADDRNOTAVAIL")), None, "ephemeral_exhausted~"),
    (observation(local_error("EADDRNOTAVAIL", IPV6)), None, "no_local_ipv6? ephemeral_exhausted?"),
    (observation(local_error("ENFILE")), None, "fd_limit!"),
    (observation(local_error("EACCES")), None, "local_policy~"),
    (udp(local_error("EPERM", stage="send")), None, "client_out_drop~ local_policy? conntrack_full?"),
    (
        replace(udp(local_error("EPERM", stage="send")), tracked=(9, 9)),
        None,
        "conntrack_full~ client_out_drop~ local_policy?",
    ),
    (
        replace(udp(local_error("EPERM", stage="send")), tracked=(1, 9)),
        None,
        "client_out_drop~ local_policy?",
    ),
    (observation(_UNSENT, tracked=(96, 100)), None, "conntrack_full~ client_out_drop~"),
    (observation(_UNSENT, tracked=(94, 100)), None, "client_out_drop!"),
    (udp(local_error("EPERM")), None, "local_policy~"),
    (udp(local_error("EPERM", icmp=icmp(3, 3, SELF))), None, "client_out_reject!"),
    (observation(local_error("EINVAL", "fe80::1")), None, "bad_target_address!"),
    (observation(local_error("EINVAL", "fe80::1%eth0")), None, "no_local_route~"),
    (observation(local_error("EINVAL")), None, "no_local_route~"),
    # A sandbox hides an address family in the same words as a kernel that has none.
    (observation(local_error("EAFNOSUPPORT", IPV6)), None, "no_local_ipv6~ local_policy?"),
    (observation(local_error("EAFNOSUPPORT")), None, "local_policy~"),
    (
        observation(unreachable(None, "ENETUNREACH", address="224.0.0.1", elapsed_ms=0.1)),
        None,
        "bad_target_address!",
    ),
    (BROADCAST, None, "bad_target_address!"),
    (UDP_BROADCAST, None, "bad_target_address!"),
    (observation(unreachable(None, "ENETUNREACH", elapsed_ms=0.1)), None, "no_local_route!"),
    (observation(unreachable(None, "EHOSTUNREACH", elapsed_ms=9.0)), None, "no_local_route~"),
    (observation(unreachable(None, "EHOSTUNREACH", elapsed_ms=0.1)), None, "no_local_route!"),
    (observation(unreachable(None, elapsed_ms=0.1), hears_icmp=False), None, "no_local_route~"),
    (
        observation(unreachable(None, "ENETUNREACH", address=IPV6, elapsed_ms=0.1)),
        None,
        "no_local_ipv6~ no_local_route?",
    ),
    (
        observation(unreachable(None, "ENETUNREACH", address="fd00::7", elapsed_ms=0.1)),
        None,
        "no_local_route~ no_local_ipv6?",
    ),
)
