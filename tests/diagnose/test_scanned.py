"""Scan results go through the same rules as knocks."""

import socket
import sys
from dataclasses import replace

import pytest

from portview.diagnose.report import scan_report
from portview.diagnose.scanned import diagnose_result, held_in_silence, silence
from portview.scan.records import PortResult, Reason, ScanHost
from portview.vocabulary import Confidence, Protocol, State

TCP, UDP = Protocol.TCP, Protocol.UDP
ADDRESS = "192.168.1.7"
HOST = ScanHost(ADDRESS, "nas.lan")


def result(
    reason: Reason,
    state: State = State.FILTERED,
    icmp: tuple[int, int] | None = None,
    sender: str | None = None,
    protocol: Protocol = TCP,
    port: int = 20001,
) -> PortResult:
    kind, code = icmp or (None, None)
    return PortResult(ADDRESS, port, protocol, state, reason, sender, kind, code, 0.4 if icmp else None)


@pytest.mark.parametrize(
    ("one", "pattern", "cause"),
    [
        (result(Reason.SYN_ACK, State.OPEN), "est_connected", "healthy"),
        (result(Reason.CONN_REFUSED, State.CLOSED), "tcp_refused_rst", "no_listener"),
        (result(Reason.RESET, State.CLOSED), "tcp_refused_rst", "no_listener"),
        (result(Reason.SELF_CONNECT, State.CLOSED), "est_self_connect", "no_listener"),
        (result(Reason.NO_RESPONSE), "tcp_timeout", "fw_drop_host"),
        (
            result(Reason.PORT_UNREACH, icmp=(3, 3), sender=ADDRESS),
            "tcp_refused_icmp_target",
            "fw_reject_host",
        ),
        (
            result(Reason.PORT_UNREACH, icmp=(3, 3), sender="192.0.2.1"),
            "tcp_refused_icmp_router",
            "fw_reject_path",
        ),
        (
            result(Reason.PORT_UNREACH, icmp=(3, 3), sender="127.0.0.1"),
            "tcp_refused_icmp_self",
            "client_out_reject",
        ),
        (
            result(Reason.ADMIN_PROHIBITED, icmp=(3, 13), sender=ADDRESS),
            "tcp_prohibited_target",
            "fw_reject_host",
        ),
        (result(Reason.HOST_UNREACH, icmp=(3, 1), sender="127.0.0.1"), "tcp_host_unreach_lan", "host_off"),
        (result(Reason.HOST_UNREACH), "tcp_unreach_unnamed", "host_off"),
        (result(Reason.NO_ROUTE), "tcp_net_unreach_local", "no_local_route"),
        (result(Reason.TIME_EXCEEDED, icmp=(11, 0), sender="192.0.2.1"), "tcp_ttl_exceeded", "routing_loop"),
        (result(Reason.PERM_DENIED), "tcp_local_policy", "local_policy"),
        (result(Reason.UDP_RESPONSE, State.OPEN, protocol=UDP), "udp_reply", "healthy"),
        (
            result(Reason.NO_RESPONSE, State.OPEN_OR_FILTERED, protocol=UDP),
            "udp_silent",
            "udp_open_or_filtered",
        ),
        (
            result(Reason.PORT_UNREACH, State.CLOSED, (3, 3), ADDRESS, UDP),
            "udp_icmp_port_target",
            "no_listener",
        ),
    ],
)
def test_result(one: PortResult, pattern: str, cause: str) -> None:
    diagnosis = diagnose_result(one, HOST)
    assert (diagnosis.pattern, diagnosis.causes[0].id) == (pattern, cause)
    page = scan_report(one, HOST, diagnosis)
    headline = f"20001/{one.protocol} on nas.lan (192.168.1.7): {one.state}"
    assert page.sections[0].lines[0].text.startswith(headline)


def test_other_ports_tell_a_silent_port_from_a_silent_host() -> None:
    one, alive = result(Reason.NO_RESPONSE), result(Reason.SYN_ACK, State.OPEN, port=22)
    first = diagnose_result(one, HOST, [one, alive]).causes[0]
    assert (first.id, first.confidence) == ("fw_drop_host", Confidence.LIKELY)
    silent = result(Reason.NO_RESPONSE, port=22)
    assert diagnose_result(one, HOST, [silent]).causes[0].id == "host_silent"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep loopback's last address for nothing")
@pytest.mark.parametrize(("reason", "protocol"), [(Reason.NO_ROUTE, TCP), (Reason.PERM_DENIED, UDP)])
def test_a_broadcast_address(reason: Reason, protocol: Protocol) -> None:
    one = replace(result(reason, protocol=protocol), address="127.255.255.255")
    assert diagnose_result(one, ScanHost(one.address)).pattern == "address_broadcast"


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("protocol", Protocol)
def test_every_reason_has_words(reason: Reason, protocol: Protocol) -> None:
    one = result(reason, protocol=protocol)
    assert scan_report(one, HOST, diagnose_result(one, HOST)).title


def test_hostile_names_are_made_safe() -> None:
    one, host = result(Reason.NO_RESPONSE), ScanHost(ADDRESS, "a\x1b[2Jb\u202e")
    assert "a\\x1b[2Jb\\u202e" in scan_report(one, host, diagnose_result(one, host)).text()


@pytest.mark.parametrize(
    ("tries", "loss", "said"),
    [
        (2, 0.0, "Asked 2 times. Other ports of this address answer, and nothing got lost on the way."),
        (5, 0.0213, "Asked 5 times. Other ports of this address answer, and 2.1 % of the tries got lost"),
        (1, None, "Asked once. Nothing at this address has answered"),
    ],
)
def test_how_far_silence_can_be_trusted(tries: int, loss: float | None, said: str) -> None:
    one = replace(result(Reason.NO_RESPONSE), tries=tries, loss=loss)
    assert (silence(one) or "").startswith(said)
    page = scan_report(one, HOST, diagnose_result(one, HOST))
    assert said in "\n".join(line.text for section in page.sections for line in section.lines)


def test_an_answer_needs_no_trust() -> None:
    assert silence(result(Reason.CONN_REFUSED, State.CLOSED)) is None


@pytest.mark.parametrize(("protocol", "outcome"), [(TCP, "timed_out"), (UDP, "no_answer")])
def test_a_port_taken_for_rejected_was_silent(protocol: Protocol, outcome: str) -> None:
    one = result(Reason.RATE_LIMITED, sender=ADDRESS, protocol=protocol)
    assert diagnose_result(one, HOST).outcome == outcome


@pytest.mark.parametrize(
    ("sender", "cause"), [(ADDRESS, "fw_reject_host"), ("192.168.1.1", "fw_reject_path")]
)
def test_a_port_taken_for_rejected_is_most_likely_rejected(sender: str, cause: str) -> None:
    one = result(Reason.RATE_LIMITED, sender=sender)
    diagnosis = diagnose_result(one, HOST)
    assert (diagnosis.causes[0].id, diagnosis.causes[0].confidence) == (cause, Confidence.LIKELY)
    assert {other.confidence for other in diagnosis.causes[1:]} == {Confidence.POSSIBLE}
    assert "fw_drop_host" in {other.id for other in diagnosis.causes}
    page = scan_report(one, HOST, diagnosis).text()
    assert f"ports like it got an ICMP error from {sender}" in page
    assert "ICMP port unreachable (" not in page  # none came for this port


def test_a_silent_port_beside_rejected_ones_may_be_rejected_too() -> None:
    one = result(Reason.NO_RESPONSE)
    like_it = replace(one, port=one.port + 1, reason=Reason.PORT_UNREACH, sender=ADDRESS)
    elsewhere = replace(like_it, address="192.168.1.99")
    before, beside, far = (diagnose_result(one, HOST, others) for others in ((), (like_it,), (elsewhere,)))
    assert "fw_reject_host" not in [cause.id for cause in (*before.causes, *far.causes)]
    last = beside.causes[-1]
    assert (last.id, last.confidence) == ("fw_reject_host", Confidence.POSSIBLE)
    assert f"other ports got an ICMP error from {ADDRESS}" in last.because[0].text


def test_a_port_that_providers_block_says_so_unless_it_is_open() -> None:
    host = ScanHost("192.0.2.7")
    silent, there = (
        PortResult("192.0.2.7", 445, Protocol.TCP, *verdict)
        for verdict in ((State.FILTERED, Reason.NO_RESPONSE), (State.OPEN, Reason.SYN_ACK))
    )
    assert "445/tcp: often blocked" in scan_report(silent, host, diagnose_result(silent, host)).text()
    assert "often blocked" not in scan_report(there, host, diagnose_result(there, host)).text()


def test_a_silent_port_that_a_program_of_this_machine_holds_is_told() -> None:
    here = ScanHost("127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        held, not_held = (one.getsockname()[1] for one in (server, datagrams))
        silent = [
            replace(result(Reason.NO_RESPONSE, port=port), address=here.address) for port in (held, not_held)
        ]
        answered = replace(result(Reason.SYN_ACK, State.OPEN, port=held), address=here.address)
        assert [one.port for one, _ in held_in_silence(silent, here)] == [held]
        assert not list(held_in_silence([answered], here))
    assert not list(held_in_silence([result(Reason.NO_RESPONSE)], HOST))
