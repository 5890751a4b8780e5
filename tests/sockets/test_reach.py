"""Who can knock at which address."""

import socket

import pytest

from portview.sockets.reach import reach_of
from portview.sockets.records import Reach
from portview.sockets.source import best_source


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("127.0.0.1", Reach.LOOPBACK),
        ("127.255.255.254", Reach.LOOPBACK),
        ("127.0.0.53", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("::ffff:127.8.8.8", Reach.LOOPBACK),
        ("169.254.1.2", Reach.LINK_LOCAL),
        ("fe80::1", Reach.LINK_LOCAL),
        ("fe80::1%eth0", Reach.LINK_LOCAL),
        ("febf::1", Reach.LINK_LOCAL),
        ("::ffff:169.254.0.1", Reach.LINK_LOCAL),
        ("0.0.0.0", Reach.NETWORK),
        ("::", Reach.NETWORK),
        ("::ffff:0.0.0.0", Reach.NETWORK),
        ("::ffff:192.168.1.1", Reach.NETWORK),
        ("10.0.0.1", Reach.NETWORK),
        ("128.0.0.1", Reach.NETWORK),
        ("fec0::1", Reach.NETWORK),
        ("fd00::1", Reach.NETWORK),
        ("2001:db8::1", Reach.NETWORK),
        ("224.0.0.251", Reach.NETWORK),
    ],
)
def test_reach(address: str, reach: Reach) -> None:
    assert reach_of(address) is reach


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "fe80::1"])
def test_the_loopback_interface_alone_is_not_the_network(address: str) -> None:
    assert reach_of(address, "lo") is Reach.LOOPBACK
    assert reach_of(address, "lo.example") is reach_of(address) is not Reach.LOOPBACK


def test_a_listener_bound_to_that_interface(root: None) -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        server.bind(("0.0.0.0", 0))
        server.listen()
        port = server.getsockname()[1]
        (found,) = (each for each in best_source().snapshot().sockets if each.port == port)
    assert found.only_loopback
