"""What came for this machine and was given to nobody."""

from pathlib import Path

import pytest

from portview.probe.arrivals import Arrivals
from portview.vocabulary import Family

_SNMP = """Ip: Forwarding InReceives ForwDatagrams InDelivers OutRequests ReasmReqds ReasmOKs
Ip: 1 {received} {passed} {delivered} {sent} {pieces} {whole}
IcmpMsg: InType3
IcmpMsg: 9
"""
_NETSTAT = "IpExt: InMcastPkts InBcastPkts\nIpExt: {many} 2\n"
_SNMP6 = "Ip6InReceives {received6}\nIp6InDelivers 7\nIp6InMcastPkts {many6}\nIp6OutRequests {sent6}\n"
_BEFORE = {
    **{"received": 100, "passed": 10, "delivered": 80, "sent": 50, "pieces": 4, "whole": 2},
    **{"many": 3, "received6": 20, "many6": 1, "sent6": 5},
}


def _write(net: Path, **grown: int) -> None:
    now = {name: value + grown.get(name, 0) for name, value in _BEFORE.items()}
    for name, text in (("snmp", _SNMP), ("netstat", _NETSTAT), ("snmp6", _SNMP6)):
        (net / name).write_text(text.format(**now))


@pytest.mark.parametrize(
    ("grown", "ipv4", "ipv6"),
    [
        ({}, (0, 0), (0, 0)),
        ({"received": 9, "sent": 8}, (9, 8), (0, 0)),
        ({"received": 9, "delivered": 9, "sent": 8}, (0, 8), (0, 0)),
        ({"received": 9, "delivered": 2, "passed": 3}, (4, 0), (0, 0)),
        ({"received": 9, "delivered": 4, "pieces": 6, "whole": 1}, (0, 0), (0, 0)),
        ({"received": 9, "many": 7}, (2, 0), (0, 0)),
        ({"received6": 9, "sent6": 3}, (0, 0), (9, 3)),
        ({"received6": 9, "many6": 8}, (0, 0), (1, 0)),
        ({"delivered": 5}, (0, 0), (0, 0)),
    ],
)
def test_counts_since(
    grown: dict[str, int], ipv4: tuple[int, int], ipv6: tuple[int, int], tmp_path: Path
) -> None:
    _write(tmp_path)
    arrivals = Arrivals(tmp_path)
    _write(tmp_path, **grown)
    assert arrivals.since([Family.IPV4]) == ipv4
    assert arrivals.since([Family.IPV6]) == ipv6
    assert arrivals.since(list(Family)) == (ipv4[0] + ipv6[0], ipv4[1] + ipv6[1])


def test_a_kernel_without_ipv6_counts_the_other(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "snmp6").unlink()
    assert Arrivals(tmp_path).since(list(Family)) == (0, 0)


@pytest.mark.parametrize("name", ["snmp", "netstat"])
@pytest.mark.parametrize("text", [None, "Ip: InReceives\n", "Ip: InReceives\nIp: many\n"])
def test_what_nobody_counts_is_not_known(name: str, text: str | None, tmp_path: Path) -> None:
    _write(tmp_path)
    if text is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(text)
    assert Arrivals(tmp_path).since(list(Family)) is None
