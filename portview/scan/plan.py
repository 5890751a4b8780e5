"""What is to be scanned, and in which portions, so that no scan outgrows the memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from portview.scan.ports import Ports
from portview.scan.records import ScanHost, Unresolved

ASK_FROM = 4_000_000
"""Knocks from which on it is worth asking whether that many were meant."""
# Results are kept in memory while their hosts are scanned, some 200 bytes each, and of a host some 7 KB.
_PORTION = 1 << 18
_PORTION_HOSTS = 1 << 12


@dataclass(frozen=True)
class Plan:
    """Hosts and ports, and the names that have no address. Every port is asked of every host."""

    hosts: tuple[ScanHost, ...]
    ports: Ports
    unresolved: tuple[Unresolved, ...] = ()

    @property
    def knocks(self) -> int:
        """Hosts times ports."""
        return len(self.hosts) * self.ports_each

    @property
    def ports_each(self) -> int:
        """Ports of one host, of all transports."""
        return sum(map(len, self.ports.values()))

    @cached_property
    def by_address(self) -> dict[str, ScanHost]:
        """The hosts by their addresses."""
        return {host.address: host for host in self.hosts}

    def portions(self) -> Iterator[tuple[ScanHost, ...]]:
        """The hosts in groups of a quarter of a million ports, with one host at least and 4,096 at most."""
        size = min(max(1, _PORTION // self.ports_each), _PORTION_HOSTS)
        for start in range(0, len(self.hosts), size):
            yield self.hosts[start : start + size]

    def in_words(self) -> str:
        """How much that is: `65,536 hosts x 1,000 ports = 65,536,000 ports`."""
        ports = " + ".join(
            f"{_count(len(chosen), f'{protocol.upper()} port')}" for protocol, chosen in self.ports.items()
        )
        if len(self.hosts) == 1:
            return f"1 host, {ports}"
        return f"{_count(len(self.hosts), 'host')} x {ports} = {_count(self.knocks, 'knock')}"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a plan is gone through, which a scan that is resumed keeps to.

    `rate` is knocks a second at most, None: as many as the network takes. `talk` hears the first words
    of open ports; `confirm_all` asks every silent port slowly.
    """

    rate: float | None = None
    talk: bool = False
    confirm_all: bool = False

    def after(self, earlier: "Manner") -> "Manner":
        """The manner of a scan that goes on: what is asked for now, else as it was begun."""
        return Manner(
            self.rate or earlier.rate, self.talk or earlier.talk, self.confirm_all or earlier.confirm_all
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else noun + 's'}"
