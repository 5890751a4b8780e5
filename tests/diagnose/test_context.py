"""The values in the words of a diagnosis, where they depend on more than one fact."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from portview.diagnose.context import context
from portview.diagnose.engine import diagnose
from portview.diagnose.evidence import Evidence
from portview.probe.records import Observation
from portview.sockets.records import LocalSocket
from tests.diagnose.conftest import IPV6, connected, here, listener, observation, rst


@pytest.mark.parametrize(
    ("seen", "listeners", "cause", "address"),
    [
        (here(rst("::1")), [listener("127.0.0.1")], "v4_only", "[::1]"),
        (here(rst("::1")), [listener("0.0.0.0")], "v4_only", "[::]"),
        (here(rst("127.0.0.1")), [listener("::1")], "v6_only", "127.0.0.1"),
        (here(rst("127.0.0.1")), [listener("::")], "v6_only", "0.0.0.0"),
        (observation(connected("::1"), rst("127.0.0.1"), host="localhost"), None, "v6_only", "127.0.0.1"),
        (observation(rst(), connected(IPV6), host="nas.lan"), None, "v6_only", "0.0.0.0"),
    ],
)
def test_what_only_its_own_machine_reaches_is_not_to_be_opened_to_others(
    seen: Observation, listeners: Sequence[LocalSocket] | None, cause: str, address: str
) -> None:
    [found] = [one for one in diagnose(seen, listeners).causes if one.id == cause]
    assert found.fix.startswith(f"Let the service listen on {address} as well")


@pytest.mark.parametrize(
    ("address", "interface", "told"),
    [
        ("0.0.0.0", None, "0.0.0.0"),
        ("0.0.0.0", "eth0", "0.0.0.0%eth0"),
        ("fe80::1%eth0", "eth0", "fe80::1%eth0"),
    ],
)
def test_a_listener_is_named_with_its_interface_once(address: str, interface: str | None, told: str) -> None:
    bound = replace(listener(address), interface=interface)
    assert context(Evidence(here(rst()), [bound]), "en")["listener_address"] == told
