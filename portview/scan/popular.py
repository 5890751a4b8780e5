"""The ports most worth knocking at: nmap's measured frequencies where they are installed, else our order."""

from pathlib import Path
from typing import NamedTuple

from portview.errors import BadInput
from portview.knowledge.services import services
from portview.scan.ports import LAST_PORT, popular_ports
from portview.vocabulary import Protocol

NMAP_SERVICES = Path("/usr/share/nmap/nmap-services")


class Top(NamedTuple):
    """Ports, the most likely first, and the file whose order it is (None: our own)."""

    ports: tuple[int, ...]
    order: Path | None = None


def top_ports(n: int, protocol: Protocol = Protocol.TCP, measured: Path = NMAP_SERVICES) -> Top:
    """The `n` ports most worth knocking at; raises BadInput.

    `measured` is nmap's table of frequencies, which counts most where it can be read. After what is
    popular come the other services that have a name, then all the rest, ascending.
    """
    if not 1 <= n <= LAST_PORT:
        raise BadInput(f"the number of top ports must be from 1 to {LAST_PORT}")
    by_nmap = _measured(measured, protocol)
    named = sorted(port for port, transport in services() if transport is protocol)
    ports = dict.fromkeys((*by_nmap, *popular_ports(protocol), *named, *range(1, LAST_PORT + 1)))
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
