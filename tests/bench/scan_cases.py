"""The cases of the scan benchmark: a network, what is asked, and the truth about every port."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.scan_net import SERVER

_ALL = range(1, 65536)


@dataclass(frozen=True)
class Case:
    """`opened`, `silent` and `rejected` ports; all others are closed. `target` is what was aimed at.

    `link` goes to the relay, `rules` and `outgoing` to the server's firewall.
    """

    name: str
    ports: Sequence[int]
    target: str
    opened: Sequence[int] = ()
    silent: Sequence[int] = ()
    rejected: Sequence[int] = ()
    hosts: Sequence[str] = (SERVER,)
    protocol: str = "tcp"
    link: Mapping[str, float] | None = None
    rules: Sequence[str] = ()
    outgoing: Sequence[str] = ()
    served: Mapping[str, Sequence[int]] = field(default_factory=dict)
    rivals: Sequence[str] = ("nmap_t3", "nmap_t4")

    def truth(self, port: int) -> str:
        if port in self.opened:
            return "open"
        if port in self.silent or port in self.rejected:
            return "open|filtered" if self.protocol == "udp" else "filtered"
        return "closed"


def _spread(ports: range, count: int) -> list[int]:
    """So many ports, evenly spread."""
    return list(ports[:: len(ports) // count][:count])


def _lossy(percent: int) -> dict[str, Sequence[str]]:
    rule = f"meta l4proto tcp numgen random mod 100 < {percent} drop"
    return {"rules": (rule,), "outgoing": (rule,)}


def _tcp(name: str, ports: range, target: str, count: int, **more: Any) -> Case:
    opened = _spread(ports, count)
    return Case(name, ports, target, opened, served={"tcp": opened}, **more)


CASES = [
    _tcp("loopback", _ALL[:], "at most 0.45 of nmap, 1.0 of a C loop", 12, hosts=("127.0.0.1",),
         rivals=("nmap_t3", "nmap_t4", "c_loop")),
    Case("half_dropped", range(2000, 4000), "at most 0.12 of nmap T3", silent=range(3000, 4000),
         rules=("tcp dport 3000-3999 drop",)),
    Case("all_dropped", range(2000, 3000), "at most 3 s", silent=range(2000, 3000),
         rules=("meta l4proto tcp drop",)),
    _tcp("loss_5", range(10_000, 30_000), "none missed or false; at most 0.05 of nmap T3", 400,
         **_lossy(5)),
    _tcp("rtt_104", range(10_000, 20_000), "none wrong; at most 0.05 of nmap T4", 50,
         link={"delay_s": 0.052, "jitter_s": 0.01}),
    _tcp("rtt_40_loss_3", range(10_000, 20_000), "none missed; at most 0.05 of nmap T4", 50,
         link={"delay_s": 0.02}, **_lossy(3)),
    _tcp("slow_link", _ALL[:], "50 of 50; at most nmap's time", 50,
         link={"delay_s": 0.001, "packets_per_s": 3000, "buffer": 100}),
    Case("rejected", range(2000, 3000), "none open or closed", rejected=range(2000, 3000),
         rules=("tcp dport 2000-2999 reject",)),
    Case("udp", range(20_000, 20_100), "the 5 found within 3 s", opened=range(20_000, 20_005),
         silent=range(20_005, 20_055), protocol="udp", rules=("udp dport 20005-20054 drop",),
         served={"udp_echo": list(range(20_000, 20_005))}, rivals=("nmap_udp",)),
    Case("one_host", range(10_000, 35_600), "the measure for the next one", rivals=()),
    Case("block", range(10_000, 10_100), "time a port within 1.3 of one_host",
         hosts=tuple(f"10.66.1.{last}" for last in range(256)), rivals=()),
]  # fmt: skip
