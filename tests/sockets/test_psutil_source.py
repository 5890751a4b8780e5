"""What the portable source knows, and what it leaves open."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable

from portview.sockets.psutil_source import PsutilSource, connections_at_once, connections_by_process

Bound = Callable[..., socket.socket]


def test_what_psutil_cannot_tell_stays_unknown(bound: Bound) -> None:
    port = bound("127.0.0.1").getsockname()[1]
    (found,) = (each for each in PsutilSource().snapshot().sockets if each.port == port)
    assert (found.uid, found.user, found.inode, found.queue, found.shared) == (None,) * 5


def test_two_holders_of_one_address_are_one_row_and_how_they_share_is_not_said(
    bound: Bound, forked: Callable[..., tuple[int, int]]
) -> None:
    port = bound("127.0.0.1", reuse_port=True).getsockname()[1]
    kept = []

    def second() -> None:
        kept.append(socket.create_server(("127.0.0.1", port), reuse_port=True))

    pid, _ = forked(second)
    (found,) = (each for each in PsutilSource().snapshot().sockets if each.port == port)
    assert {owner.pid for owner in found.owners} == {os.getpid(), pid}
    assert found.shared is None


def test_process_by_process_finds_the_same(bound: Bound) -> None:
    ports = {bound(address, udp=udp).getsockname()[1] for address in ("::1", "0.0.0.0") for udp in (0, 1)}
    by_process = {found for found in connections_by_process() if found[0].port in ports}
    assert by_process == {found for found in connections_at_once() if found[0].port in ports}
    assert len(by_process) == 4


def test_without_the_kernels_tables_it_says_so(root: None) -> None:
    program = (
        "import json; from portview.sockets.psutil_source import PsutilSource;"
        "from portview.sockets.document import document;"
        "print(json.dumps(document(PsutilSource().snapshot())))"
    )
    hide = 'mount -t proc -o subset=pid proc /proc && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "sh", "-c", hide, "sh", sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    document = json.loads(done.stdout)
    assert document["hidden"] == {"count": None, "reason": "no_procfs", "command": None}
    assert document["sockets"] == []
    assert document["ephemeral_range"] is None
