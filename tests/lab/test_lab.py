"""The lab itself: closed to the outside, and its knocks made without privileges."""

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.network import Lab

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("namespace", ["client", "router1", "router2", "server", "deaf", "lone"])
@pytest.mark.parametrize("family", ["-4", "-6"])
def test_no_way_out(namespace: str, family: str, lab: "Lab") -> None:
    assert lab.run(namespace, ["ip", family, "route", "show", "default"]) == ""


def test_a_command_in_the_client_has_no_privileges(lab: "Lab") -> None:
    script = "import os; print(os.getuid() != 0, open('/proc/self/status').read())"
    done = lab.run_in_client([sys.executable, "-c", script])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("True ")
    assert "CapEff:\t0000000000000000" in done.stdout


def test_a_command_in_the_client_sees_the_lab(lab: "Lab") -> None:
    assert "10.77.1.2/24" in lab.run_in_client(["ip", "-br", "addr"]).stdout
