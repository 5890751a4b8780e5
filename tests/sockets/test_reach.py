"""Who can knock at which address."""

import pytest

from portview.sockets.reach import reach_of
from portview.sockets.records import Reach


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
