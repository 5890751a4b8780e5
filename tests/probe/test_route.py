"""The way out, as this machine's kernel tells it. Routes through networks are the lab's."""

import pytest

from portview.probe.route import is_on_link, look_up


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "fe80::1%lo"])
def test_what_is_always_near(address: str) -> None:
    assert is_on_link(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_loopback(address: str) -> None:
    route = look_up(address)
    assert route is not None
    assert (route.address, route.device, route.gateway, route.source) == (address, "lo", None, address)
    assert (route.tunnel, route.carrier, route.own_device) == (False, True, None)


@pytest.mark.parametrize("address", ["fe80::1%no-such", "fe80::1%1000000"])
def test_no_such_interface(address: str) -> None:
    assert look_up(address) is None
