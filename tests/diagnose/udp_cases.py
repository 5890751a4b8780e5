"""Knocks over UDP; and what each must be taken for."""

from collections.abc import Sequence

from portview.probe.records import Observation
from portview.vocabulary import Outcome, SenderClass
from tests.diagnose.conftest import (
    TARGET,
    UDP_HERE,
    UDP_LISTENER,
    Case,
    attempt,
    icmp,
    rst,
    udp,
    unreachable,
)

ROUTER = SenderClass.ROUTER


def _said(port: int, answer: bytes) -> Observation:
    return udp(attempt(Outcome.ANSWERED, port=port, first_bytes=answer))


UDP: Sequence[Case] = (
    (udp(attempt(Outcome.ANSWERED)), None, "healthy!"),
    (_said(53, b"pv\x81\x05" + bytes(8)), None, "healthy! dns_refused~"),
    (_said(53, b"pv\x81\x02" + bytes(8)), None, "healthy! dns_servfail~"),
    (_said(53, b"pv\x81\x00" + bytes(8)), None, "healthy!"),
    (_said(53, b"pv\x01\x05"), None, "healthy!"),
    (_said(5300, b"pv\x81\x05" + bytes(8)), None, "healthy!"),
    (_said(123, b"\x24\x00" + bytes(10) + b"RATE" + bytes(32)), None, "rate_limited! healthy!"),
    (_said(123, b"\x24\x00" + bytes(10) + b"DENY" + bytes(32)), None, "access_list! healthy!"),
    (_said(123, b"\x24\x00" + bytes(10) + b"INIT" + bytes(32)), None, "ntp_no_time! healthy!"),
    (_said(123, b"\xe4\x02" + bytes(46)), None, "ntp_no_time! healthy!"),
    (_said(123, b"\x24\x02" + bytes(46)), None, "healthy!"),
    (udp(attempt(Outcome.ANSWERED, port=69, answered_from=f"{TARGET} 40123")), None, "healthy~"),
    (udp(attempt(Outcome.ANSWERED, answered_from="192.168.1.8 20001")), None, "udp_reply_other_addr~"),
    (udp(rst(icmp=icmp(3, 3))), None, "no_listener~ bound_loopback? fw_reject_host?"),
    (udp(rst("127.0.0.1", icmp=icmp(3, 3))), None, "no_listener~ fw_reject_host?"),
    (udp(rst()), None, "no_listener~ fw_reject_path?"),
    (udp(rst(icmp=icmp(3, 3, ROUTER))), None, "fw_reject_path!"),
    (udp(unreachable(icmp(3, 13))), None, "fw_reject_host!"),
    (udp(attempt(Outcome.NO_ANSWER)), None, "udp_open_or_filtered~ fw_drop_host? host_off?"),
    (udp(attempt(Outcome.NO_ANSWER, port=51820)), None, "udp_open_or_filtered~ needs_valid_payload?"),
    (udp(attempt(Outcome.NO_ANSWER), this_machine=True), [], "udp_open_or_filtered~"),
    (UDP_HERE, [UDP_LISTENER], "needs_valid_payload~ fw_drop_host?"),
    (udp(attempt(Outcome.NO_ANSWER, port=53)), None, "udp_open_or_filtered~ fw_drop_host? host_off?"),
)
