import socket
import sys

import pytest

from portview.probe.knock import observe
from portview.probe.overflows import counter_in, listen_overflows
from portview.probe.records import Target
from portview.vocabulary import Outcome

_TABLE = "TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 3 17\nIpExt: ListenOverflows\nIpExt: 4\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (_TABLE, 17),
        (_TABLE.replace("ListenOverflows", "Other"), None),
        ("TcpExt: ListenOverflows\n", None),
        ("TcpExt: A ListenOverflows\nTcpExt: 3\n", None),
        ("", None),
    ],
)
def test_counter(text: str, found: int | None) -> None:
    assert counter_in(text, "TcpExt", "ListenOverflows") == found


@pytest.mark.skipif(sys.platform != "linux", reason="Linux counts it")
def test_a_full_queue_is_counted_during_the_knock() -> None:
    before = listen_overflows()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            seen = observe(Target("127.0.0.1", port), timeout_s=0.5)
    assert seen.outcome is Outcome.TIMED_OUT
    assert seen.queue_overflows
    assert before is not None
    after = listen_overflows()
    assert after is not None
    assert after >= before + seen.queue_overflows


@pytest.mark.parametrize("quick", [True, False])
def test_only_a_whole_knock_at_this_machine_counts(quick: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        seen = observe(Target("127.0.0.1", server.getsockname()[1]), timeout_s=1, quick=quick)
    assert (seen.queue_overflows is None) is quick
