"""A port that answers from nearer than its machine, on a link that takes its time."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.bench.scan_net import SERVER, network, run

pytestmark = pytest.mark.lab

DELAY_S = 0.03  # each way
PORT, PROXY = 8444, 9999


def _probe(inside: list[str]) -> Any:
    command = [sys.executable, "-m", "portview", "probe", SERVER, str(PORT), "--json"]
    done = subprocess.run([*inside, *command], capture_output=True, text=True, timeout=40, check=False)
    return json.loads(done.stdout)


def test_a_proxy_on_this_side_is_nearer_than_the_target_can_be() -> None:
    with network({"delay_s": DELAY_S}, {"tcp": [22]}) as net:
        serve = ["-c", f"import socket, time; s = socket.create_server(('', {PROXY})); time.sleep(30)"]
        with subprocess.Popen(net.inside(sys.executable, *serve)) as proxy:
            try:
                rule = f"ip daddr {SERVER} tcp dport {PORT} redirect to :{PROXY}"
                chain = f"chain out {{\ntype nat hook output priority -100\n{rule}\n}}"
                run(*net.inside("nft", "-f", "-"), text=f"table ip proxy {{\n{chain}\n}}\n")
                seen = _probe(net.inside())
            finally:
                proxy.kill()
    assert (seen["outcome"], seen["pattern"]) == ("connected", "pat_handshake_too_fast")
    assert [(cause["id"], cause["confidence"]) for cause in seen["causes"]] == [
        ("transparent_proxy_client", "likely")
    ]


def test_a_far_server_is_believed() -> None:
    with network({"delay_s": DELAY_S}, {"tcp": [PORT]}) as net:
        seen = _probe(net.inside())
    assert seen["pattern"].startswith("est_")
    assert seen["causes"][0]["id"] != "transparent_proxy_client"
