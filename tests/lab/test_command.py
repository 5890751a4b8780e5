"""The command in the client's place: an ordinary user, a real network."""

import json
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.network import Lab

pytestmark = pytest.mark.lab


@pytest.mark.parametrize(
    ("host", "outcome", "pattern", "cause"),
    [
        ("10.77.107.1", "unreachable", "tcp_prohibited_router", "fw_reject_path"),
        ("fd77:107::1", "unreachable", "tcp_prohibited_router", "fw_reject_path"),
        ("10.77.105.1", "unreachable", "tcp_ttl_exceeded", "routing_loop"),
        ("10.78.0.1", "unreachable", "tcp_net_unreach_local", "no_local_route"),
    ],
)
def test_probe(host: str, outcome: str, pattern: str, cause: str, lab: "Lab") -> None:
    argv = [sys.executable, "-m", "portview", "probe", "--quick", "--json", host, "445"]
    done = lab.run_in_client(argv)
    assert (done.returncode, done.stderr) == (1, "")
    answer = json.loads(done.stdout)
    assert (answer["outcome"], answer["pattern"]) == (outcome, pattern)
    assert answer["causes"][0]["id"] == cause
