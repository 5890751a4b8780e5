"""The cases of the scan benchmark: a network, what is asked, and the truth about every port."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.scan_net import SERVER

_ALL = range(1, 65536)


FOUND = "found_s"
"""Seconds until the last open port was told, instead of until the end."""


@dataclass(frozen=True)
class Goal:
    """At most `limit`: seconds, or times the median of a `rival`, or a time a port of another `case`."""

    limit: float
    rival: str | None = None
    case: str | None = None
    of: str = "seconds"


@dataclass(frozen=True)
class Case:
    """`opened`, `silent` and `rejected` ports; all others are closed. No port may come out wrong.

    `link` goes to the relay, `rules` and `outgoing` to the server's firewall. Of the `rivals`, those in
    `once` are run a single time: no goal is about them, or a goal that their spread does not touch.
    Portview is run `runs_at_least` times.
    `is_waiting` cases leave the processor idle: they may run beside each other.
    """

    name: str
    ports: Sequence[int]
    goals: Sequence[Goal] = ()
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
    once: Sequence[str] = ()
    runs_at_least: int = 1
    is_waiting: bool = False

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


def _tcp(name: str, ports: range, count: int, *goals: Goal, **more: Any) -> Case:
    opened = _spread(ports, count)
    return Case(name, ports, goals, opened, served={"tcp": opened}, **more)


CASES = [
    _tcp("loopback", _ALL[:], 12, Goal(0.45, "nmap_t3"), Goal(1.0, "c_loop"), hosts=("127.0.0.1",),
         rivals=("nmap_t3", "nmap_t4", "c_loop"), runs_at_least=10),
    Case("half_dropped", range(2000, 4000), [Goal(0.12, "nmap_t3")], silent=range(3000, 4000),
         rules=("tcp dport 3000-3999 drop",)),
    Case("all_dropped", range(2000, 3000), [Goal(3.0)], silent=range(2000, 3000),
         rules=("meta l4proto tcp drop",), once=("nmap_t3", "nmap_t4"), is_waiting=True),
    _tcp("loss_5", range(10_000, 30_000), 400, Goal(0.05, "nmap_t3"), once=("nmap_t4",), **_lossy(5)),
    _tcp("rtt_104", range(10_000, 20_000), 50, Goal(0.05, "nmap_t4"), once=("nmap_t3",),
         link={"delay_s": 0.052, "jitter_s": 0.01}),
    _tcp("rtt_40_loss_3", range(10_000, 20_000), 50, Goal(0.05, "nmap_t4"), once=("nmap_t3",),
         link={"delay_s": 0.02}, **_lossy(3)),
    _tcp("slow_link", _ALL[:], 50, Goal(1.0, "nmap_t3"), once=("nmap_t4",),
         link={"delay_s": 0.001, "packets_per_s": 3000, "buffer": 100}),
    Case("rejected", range(2000, 3000), rejected=range(2000, 3000),
         rules=("tcp dport 2000-2999 reject",), once=("nmap_t3", "nmap_t4"), is_waiting=True),
    Case("udp", range(20_000, 20_100), [Goal(3.0, of=FOUND)], opened=range(20_000, 20_005),
         silent=range(20_005, 20_055), protocol="udp", rules=("udp dport 20005-20054 drop",),
         served={"udp_echo": list(range(20_000, 20_005))}, rivals=("nmap_udp",), once=("nmap_udp",),
         is_waiting=True),
    Case("one_host", range(10_000, 35_600), rivals=()),
    Case("block", range(10_000, 10_100), [Goal(1.3, case="one_host")],
         hosts=tuple(f"10.66.1.{last}" for last in range(256)), rivals=()),
]  # fmt: skip
