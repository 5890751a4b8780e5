"""What arrives at this machine and is given to nobody, beside what it sends: its kernel's counters (Linux).

A packet that netfilter's INPUT hook or the reverse path filter drops is counted as received and not as
delivered (proc_pid_net(5), RFC 4293). What is passed on to others, and what is for many machines at once,
is left out, and so are the pieces of what is put together again.
"""

from collections.abc import Collection
from pathlib import Path

from portview.vocabulary import Family

_NET = Path("/proc/net")
_SENT = {Family.IPV4: "Ip:OutRequests", Family.IPV6: "Ip6OutRequests"}
_UNDELIVERED = {
    Family.IPV4: {
        **{"Ip:InReceives": 1, "Ip:InDelivers": -1, "Ip:ForwDatagrams": -1},
        **{"Ip:ReasmReqds": -1, "Ip:ReasmOKs": 1, "IpExt:InMcastPkts": -1, "IpExt:InBcastPkts": -1},
    },
    Family.IPV6: {
        **{"Ip6InReceives": 1, "Ip6InDelivers": -1, "Ip6OutForwDatagrams": -1},
        **{"Ip6ReasmReqds": -1, "Ip6ReasmOKs": 1, "Ip6InMcastPkts": -1},
    },
}


class Arrivals:
    """Counts from the moment it is made."""

    def __init__(self, net: Path = _NET) -> None:
        self._net = net
        self._before = _counters(net)

    def since(self, families: Collection[Family]) -> tuple[int, int] | None:
        """How many packets were given to nobody since then, and how many sent; None where nobody counts."""
        now = _counters(self._net)
        grown = {name: value - self._before.get(name, 0) for name, value in now.items()}
        if _SENT[Family.IPV4] not in grown:
            return None
        weights = [pair for family in families for pair in _UNDELIVERED[family].items()]
        lost = sum(sign * grown.get(name, 0) for name, sign in weights)
        return max(0, lost), sum(grown.get(_SENT[family], 0) for family in families)


def _counters(net: Path) -> dict[str, int]:
    """All counters by group and name; empty where there are none."""
    try:
        return _grouped(net / "snmp") | _grouped(net / "netstat") | _named(net / "snmp6")
    except (OSError, ValueError):
        return {}


def _grouped(path: Path) -> dict[str, int]:
    """A table whose lines come in pairs, names over values, each behind its group."""
    lines = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    return {
        group + name: int(value)
        for (group, *names), (_, *values) in zip(lines[::2], lines[1::2], strict=True)
        for name, value in zip(names, values, strict=True)
    }


def _named(path: Path) -> dict[str, int]:
    """A table with a name and a value in each line; empty where the kernel has no IPv6."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return {}
    return {name: int(value) for name, value in map(str.split, lines)}
