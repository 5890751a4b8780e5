"""Port lists as people type them."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from itertools import groupby
from pathlib import Path

from portview import knowledge
from portview.errors import BadInput
from portview.knowledge.services import port_of, services
from portview.scan.left_out import apart
from portview.text import clean
from portview.vocabulary import Protocol

LAST_PORT = 65535
_POPULAR = Path(knowledge.__file__).with_name("top_ports.tsv")
_MAX_LENGTH = 65_536
_SHOWN = 40
_RANGE = re.compile(r"([0-9]*)\s*-\s*([0-9]*)", re.ASCII)
_TRANSPORT = re.compile(r"([TU]):\s*(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
_TRANSPORTS = {"T": Protocol.TCP, "U": Protocol.UDP}
_EXAMPLE = "write it like 22,80,8000-8100"

Ports = Mapping[Protocol, tuple[int, ...]]
"""The ports of each transport that has any."""


def parse_ports(spec: str, protocol: Protocol = Protocol.TCP) -> Ports:
    """The ports of a list, each once and ascending; raises BadInput with one clear line.

    Items are separated by commas: a port, `1-1000`, `-100` (from 1), `60000-` (to 65535), `-` (all),
    the name of a service, or names with wildcards such as `http*`. They are of `protocol` until a
    `T:` or `U:` before an item says otherwise of it and of those that follow. What follows a `!` is
    left out (`1-1000,!22`), and is of `protocol` unless it says otherwise itself.
    """
    if len(spec) > _MAX_LENGTH:
        raise BadInput(f"a port list of {len(spec)} characters is too long: use ranges, such as 1-1000")
    wanted, unwanted = apart(spec)
    if unwanted and not wanted:
        raise BadInput(
            f"no ports given, only what to leave out ({clean(','.join(unwanted), _SHOWN)}): {_EXAMPLE}"
        )
    ports = _parse(wanted, protocol)
    return without(ports, _parse(",".join(unwanted), protocol)) if unwanted else ports


def without(ports: Ports, excluded: Ports) -> Ports:
    """The ports that are not excluded; raises BadInput when none is left."""
    left: dict[Protocol, tuple[int, ...]] = {}
    for protocol, chosen in ports.items():
        gone = frozenset(excluded.get(protocol, ()))
        if kept := tuple(port for port in chosen if port not in gone):
            left[protocol] = kept
    if not left:
        raise BadInput(
            f"nothing is left of {_in_words(ports)} without {_in_words(excluded)}:"
            " ask for more ports, or leave fewer out"
        )
    return left


def port_list(ports: tuple[int, ...]) -> str:
    """Ascending ports as a list that `parse_ports` reads: `22,80,8000-8100`."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in _runs(ports))


def _runs(ports: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    for _, run in groupby(enumerate(ports), lambda numbered: numbered[1] - numbered[0]):
        chosen = [port for _, port in run]
        yield chosen[0], chosen[-1]


def _in_words(ports: Ports) -> str:
    lists = (f"{port_list(tuple(sorted(chosen)))}/{protocol}" for protocol, chosen in ports.items())
    return clean(", ".join(lists), _SHOWN)


def _parse(spec: str, protocol: Protocol) -> Ports:
    if not spec.strip():
        raise BadInput(f"no ports given: {_EXAMPLE}")
    ports: dict[Protocol, set[int]] = {}
    for item in spec.split(","):
        if turned := _TRANSPORT.fullmatch(item.strip()):
            protocol, item = _TRANSPORTS[turned[1].upper()], turned[2]
        ports.setdefault(protocol, set()).update(_item(item.strip(), spec, protocol))
    return {protocol: tuple(sorted(chosen)) for protocol, chosen in ports.items()}


def _item(item: str, spec: str, protocol: Protocol) -> range | list[int]:
    if not item:
        raise BadInput(f"'{clean(spec.strip(), _SHOWN)}' lacks a port in one place: {_EXAMPLE}")
    if bounds := _RANGE.fullmatch(item):
        first = _number(bounds[1]) if bounds[1] else 1
        last = _number(bounds[2]) if bounds[2] else LAST_PORT
        if first > last:
            raise BadInput(f"{first}-{last} runs backwards: did you mean {last}-{first}?")
        return range(first, last + 1)
    if item.isascii() and item.isdigit():
        port = _number(item)
        return range(port, port + 1)
    named = _named(item.lower(), protocol)
    if not named:
        raise BadInput(
            f"'{clean(item, _SHOWN)}' is neither a port, a range nor a known {protocol} service: {_EXAMPLE}"
        )
    return named


def _named(name: str, protocol: Protocol) -> list[int]:
    if "*" in name or "?" in name:
        return [
            service.port
            for service in services().values()
            if service.protocol is protocol and fnmatchcase(service.name, name)
        ]
    port = port_of(name, protocol)
    return [] if port is None else [port]


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
