import sys

import pytest

from portview.scan.records import Reason
from portview.scan.verdicts import Trace, judge_host

TARGET, OWN, ROUTER = "192.0.2.7", "192.0.2.1", "198.51.100.1"
SILENT = Trace(Reason.NO_RESPONSE)
NO_ROUTE = Trace(Reason.NO_ROUTE)
OWN_ERROR = Trace(Reason.HOST_UNREACH, OWN, True)


def judged(
    *traces: Trace, complete: bool = True, failed: bool = False, on_link: bool = True, address: str = TARGET
) -> str | None:
    return judge_host(
        address,
        set(traces),
        is_own=lambda sender: sender == OWN,
        is_complete=complete,
        search_failed=failed,
        is_on_link=lambda asked: on_link,
    )


@pytest.mark.parametrize(
    ("traces", "verdict"),
    [
        ((Trace(Reason.SYN_ACK), SILENT), "up"),
        ((Trace(Reason.CONN_REFUSED),), "up"),
        ((Trace(Reason.PORT_UNREACH, TARGET, True), SILENT), "up"),
        ((Trace(Reason.SELF_CONNECT),), "up"),
        ((Trace(Reason.HOST_UNREACH, ROUTER, True), SILENT), "unreachable"),
        ((Trace(Reason.PORT_UNREACH, ROUTER, True),), "unreachable"),
        ((Trace(Reason.PORT_UNREACH, None, True),), "unreachable"),
        ((SILENT,), "silent"),
        ((SILENT, Trace(Reason.PERM_DENIED)), "silent"),
        ((), None),
    ],
)
def test_all_ports_are_done(traces: tuple[Trace, ...], verdict: str | None) -> None:
    assert judged(*traces) == verdict


@pytest.mark.skipif(sys.platform != "linux", reason="needs the error queue")
@pytest.mark.parametrize("trace", [NO_ROUTE, Trace(Reason.PERM_DENIED), OWN_ERROR])
def test_what_this_machine_says_was_not_sent(trace: Trace) -> None:
    assert judged(trace) == "not_sent"


def test_a_failed_search_is_for_the_host_or_for_its_gateway() -> None:
    assert judged(OWN_ERROR, SILENT, failed=True) == "off"
    assert judged(OWN_ERROR, failed=True, on_link=False) == "not_sent"
    assert judged(OWN_ERROR, failed=True, complete=False) == "off"
    assert judged(OWN_ERROR, Trace(Reason.SYN_ACK), failed=True) == "up"


def test_silence_so_far_says_nothing() -> None:
    assert judged(SILENT, complete=False) is None
    assert judged(Trace(Reason.SYN_ACK), complete=False) == "up"


def test_the_scope_is_no_part_of_the_sender() -> None:
    assert judged(Trace(Reason.PORT_UNREACH, "fe80::7", True), address="fe80::7%eth0") == "up"
