"""In which order the ports are knocked at."""

import random
from collections.abc import Iterator, Sequence

from portview.scan.ports import popular_ports
from portview.scan.records import ScanHost
from portview.vocabulary import Protocol

# Hosts that are scanned side by side; the next group follows when the ports of this one are sent.
_GROUP = 256


def port_order(ports: Sequence[int], protocol: Protocol, seed: int) -> tuple[int, ...]:
    """The ports most often open first, then the others shuffled: no firewall sees an even sweep.

    The same seed gives the same order.
    """
    wanted = set(ports)
    first = [port for port in popular_ports(protocol) if port in wanted]
    rest = sorted(wanted.difference(first))
    random.Random(seed).shuffle(rest)
    return (*first, *rest)


def knocks(hosts: Sequence[ScanHost], ports: Sequence[int]) -> Iterator[tuple[ScanHost, int]]:
    """Every port of every host once, the hosts of a group taking turns so that none bears it all."""
    for start in range(0, len(hosts), _GROUP):
        group = hosts[start : start + _GROUP]
        for port in ports:
            for host in group:
                yield host, port
