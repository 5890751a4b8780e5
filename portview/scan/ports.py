"""Port lists as people type them, and the ports most worth knocking at."""

import re
from functools import cache
from pathlib import Path

from portview import knowledge
from portview.errors import BadInput
from portview.knowledge.services import port_of, services
from portview.text import clean
from portview.vocabulary import Protocol

LAST_PORT = 65535
_POPULAR = Path(knowledge.__file__).with_name("top_ports.tsv")
_MAX_LENGTH = 65_536
_SHOWN = 40
_RANGE = re.compile(r"([0-9]*)\s*-\s*([0-9]*)", re.ASCII)
_EXAMPLE = "write it like 22,80,8000-8100"


def parse_ports(spec: str, protocol: Protocol = Protocol.TCP) -> tuple[int, ...]:
    """The ports of a list, each once and ascending; raises BadInput with one clear line.

    Items are separated by commas: a port, `1-1000`, `-100` (from 1), `60000-` (to 65535), `-` (all),
    or the name of a service.
    """
    if len(spec) > _MAX_LENGTH:
        raise BadInput(f"a port list of {len(spec)} characters is too long: use ranges, such as 1-1000")
    if not spec.strip():
        raise BadInput(f"no ports given: {_EXAMPLE}")
    ports: set[int] = set()
    for item in spec.split(","):
        ports.update(_item(item.strip(), spec, protocol))
    return tuple(sorted(ports))


def _item(item: str, spec: str, protocol: Protocol) -> range:
    if not item:
        raise BadInput(f"'{clean(spec.strip(), _SHOWN)}' has a comma with no port beside it: {_EXAMPLE}")
    if bounds := _RANGE.fullmatch(item):
        first = _number(bounds[1]) if bounds[1] else 1
        last = _number(bounds[2]) if bounds[2] else LAST_PORT
        if first > last:
            raise BadInput(f"{first}-{last} runs backwards: did you mean {last}-{first}?")
        return range(first, last + 1)
    if item.isascii() and item.isdigit():
        port = _number(item)
        return range(port, port + 1)
    named = port_of(item, protocol)
    if named is None:
        raise BadInput(
            f"'{clean(item, _SHOWN)}' is neither a port, a range nor a known {protocol} service: {_EXAMPLE}"
        )
    return range(named, named + 1)


def _number(digits: str) -> int:
    significant = digits.lstrip("0")
    if not significant:
        raise BadInput(f"port 0 cannot be scanned: ports are 1 to {LAST_PORT}")
    if len(significant) > 5 or int(significant) > LAST_PORT:
        raise BadInput(f"{clean(significant, _SHOWN)} is not a port: ports are 1 to {LAST_PORT}")
    return int(significant)


@cache
def popular_ports(protocol: Protocol) -> tuple[int, ...]:
    """The ports most often open on servers and in home networks, most frequent first."""
    table = _POPULAR.read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return tuple(int(port) for port, transport in rows if transport == protocol)


def top_ports(n: int, protocol: Protocol = Protocol.TCP) -> tuple[int, ...]:
    """The `n` ports most worth knocking at, the most likely first; raises BadInput.

    After the popular ones come the other services that have a name, then all the rest, ascending.
    """
    if not 1 <= n <= LAST_PORT:
        raise BadInput(f"the number of top ports must be from 1 to {LAST_PORT}")
    named = sorted(port for port, transport in services() if transport is protocol)
    ports = dict.fromkeys((*popular_ports(protocol), *named, *range(1, LAST_PORT + 1)))
    return tuple(ports)[:n]
