"""In which order the ports are knocked at."""

import random
from collections.abc import Sequence

from portview.scan.ports import popular_ports
from portview.vocabulary import Protocol


def port_order(ports: Sequence[int], protocol: Protocol, seed: int) -> tuple[int, ...]:
    """The ports most often open first, then the others shuffled: no firewall sees an even sweep.

    The same seed gives the same order.
    """
    wanted = set(ports)
    first = [port for port in popular_ports(protocol) if port in wanted]
    rest = sorted(wanted.difference(first))
    random.Random(seed).shuffle(rest)
    return (*first, *rest)
