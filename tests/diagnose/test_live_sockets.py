"""Findings and explanations on a machine of its own: real processes, real ports, real queues."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from portview.knowledge.load import findings, risk_texts
from tests.diagnose.live_machine import RISKS

SCRIPT = Path(__file__).with_name("live_machine.py")
Told = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def machine() -> Told:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("takes root and a network namespace of its own")
    run = subprocess.run(
        ("unshare", "-n", sys.executable, str(SCRIPT)),
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, "PYTHONPATH": str(SCRIPT.parents[2])},
    )
    assert run.returncode == 0, run.stderr
    told: Told = json.loads(run.stdout)
    return told


@pytest.mark.parametrize(("program", "port", "protocol", "risk"), RISKS)
def test_a_risky_service_on_the_network(
    machine: Told, program: str, port: int, protocol: str, risk: str
) -> None:
    confidence, because = machine[f"{port}/{protocol}/0.0.0.0"]["findings"][risk]
    known = program in risk_texts()[risk].programs
    assert (confidence, because) == (("likely", "program") if known else ("possible", "port"))


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("3306/tcp/0.0.0.0", {"borrowed_port"}),
        ("3307/tcp/0.0.0.0", set()),
        ("445/tcp/0.0.0.0", {"windows_sharing", "provider_blocked"}),
        ("20001/tcp/0.0.0.0", {"deleted_binary", "temporary_binary"}),
        ("20002/tcp/0.0.0.0", {"temporary_binary"}),
        ("20003/tcp/0.0.0.0", {"stopped_process"}),
        ("20004/tcp/0.0.0.0", {"development_server", "root_interpreter"}),
        ("20005/tcp/0.0.0.0", {"debugger", "root_interpreter"}),
        ("20006/tcp/0.0.0.0", {"redis", "container_published"}),
        ("20007/tcp/0.0.0.0", {"reverse_tunnel"}),
        ("20008/tcp/0.0.0.0", {"memory_binary"}),
        ("20010/tcp/0.0.0.0", {"reuse_port_strangers"}),
        ("20011/tcp/0.0.0.0", set()),
        ("20012/tcp/127.0.0.1", {"family_surprise"}),
        ("20012/tcp/::", {"family_surprise", "public_ipv6"}),
        ("20015/tcp/::", {"public_ipv6"}),
        ("20019/tcp/192.168.79.2", {"address_gone"}),
        ("20021/tcp/0.0.0.0", {"root_interpreter", "accept_queue_overflowed"}),
        ("20022/tcp/0.0.0.0", {"root_interpreter", "close_wait"}),
        ("20016/tcp/127.0.0.1", set()),
        ("20026/udp/127.0.0.1", {"udp_drops"}),
    ],
)
def test_what_is_found(machine: Told, place: str, found: set[str]) -> None:
    assert machine[place]["findings"].keys() == found


def test_a_port_that_is_taken_though_nobody_listens(machine: Told) -> None:
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 8):
        pytest.skip("this kernel does not tell")
    taken = machine["20025/tcp/0.0.0.0"]
    assert taken["findings"].keys() == {"bound_only"}
    assert taken["state"] == "BOUND"


def test_a_full_queue_is_told_by_the_source_that_knows_its_limit(machine: Told) -> None:
    assert machine["20020/tcp/0.0.0.0"]["findings"].keys() & {"accept_queue_full", "accept_queue_overflowed"}


@pytest.mark.parametrize(
    ("port", "state", "finding"),
    [(20023, "ESTABLISHED", "ephemeral_pressure"), (20024, "TIME_WAIT", "time_wait")],
)
def test_ports_for_outgoing_connections_run_out(machine: Told, port: int, state: str, finding: str) -> None:
    towards = [one for place, one in machine.items() if place.endswith(f">{port}")]
    assert len(towards) >= 12
    assert all(one["findings"].keys() == {finding} for one in towards if one["state"] == state)


@pytest.mark.parametrize(
    ("place", "label", "words"),
    [
        ("20011/tcp/0.0.0.0", "shared", "its children pid"),
        ("20010/tcp/0.0.0.0", "shared", "SO_REUSEPORT"),
        ("20013/tcp/192.168.77.2", "also", "also open on 192.168.78.2 (twice, pid"),
        ("20012/tcp/127.0.0.1", "also", "also open over IPv6 on :: (split, pid"),
        ("20012/tcp/::", "also", "also open over IPv4 on 127.0.0.1 (split, pid"),
        ("20014/tcp/0.0.0.0", "also", "20014/udp is open, too (both, pid"),
        ("20014/udp/0.0.0.0", "also", "20014/tcp is open, too (both, pid"),
        ("20016/tcp/127.0.0.1", "also", "also listens on 20017/tcp"),
    ],
)
def test_one_port_with_several_holders_is_explained(
    machine: Told, place: str, label: str, words: str
) -> None:
    assert words in " ".join(machine[place][label])


def test_more_than_twenty_findings_are_shown_live(machine: Told) -> None:
    shown = {finding for one in machine.values() for finding in one["findings"]}
    assert len(shown & findings().keys()) >= 15
    assert len(shown) >= 40
