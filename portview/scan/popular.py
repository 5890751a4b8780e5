"""The ports most worth knocking at: our own list, then nmap's measured frequencies where they are installed.

Frequencies are measured on the Internet. What runs at home is seldom seen there, so it comes first.
"""

from pathlib import Path
from typing import NamedTuple

from portview.errors import BadInput
from portview.knowledge.services import Likelihood, claimants
from portview.scan.ports import LAST_PORT, popular_ports
from portview.vocabulary import Protocol

NMAP_SERVICES = Path("/usr/share/nmap/nmap-services")


class Top(NamedTuple):
    """Ports, the most likely first, and the file that those after our own come from (None: ours alone)."""

    ports: tuple[int, ...]
    measured: Path | None = None


def top_ports(n: int, protocol: Protocol = Protocol.TCP, measured: Path = NMAP_SERVICES) -> Top:
    """The `n` ports most worth knocking at; raises BadInput.

    First comes what is popular, then the usual port of every service that we know, then the ports of
    `measured`, which is nmap's table of frequencies, then rarer services, then all the rest, ascending.
    """
    if not 1 <= n <= LAST_PORT:
        raise BadInput(f"the number of top ports must be from 1 to {LAST_PORT}")
    by_nmap = _measured(measured, protocol)
    named = [(port, met[0].likelihood) for (port, its), met in claimants().items() if its is protocol]
    usual = [port for port, likelihood in named if likelihood is Likelihood.USUAL]
    others = [port for port, _ in named]
    order = (*popular_ports(protocol), *usual, *by_nmap, *others, *range(1, LAST_PORT + 1))
    ports = dict.fromkeys(order)
    return Top(tuple(ports)[:n], measured if by_nmap else None)


def _measured(path: Path, protocol: Protocol) -> list[int]:
    """The ports of a table in nmap's format (`http  80/tcp  0.484143`); none where it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    frequencies: dict[int, float] = {}
    for line in lines:
        fields = line.split()
        if len(fields) < 3 or line.startswith("#"):
            continue
        port, _, transport = fields[1].partition("/")
        try:
            number, frequency = int(port), float(fields[2])
        except ValueError:
            continue
        if transport == protocol and 1 <= number <= LAST_PORT and frequency > 0:
            frequencies[number] = frequency
    return sorted(frequencies, key=lambda number: (-frequencies[number], number))
