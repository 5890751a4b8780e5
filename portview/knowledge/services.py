"""What a port number usually means: our own table first, then the system's list (services(5)).

A name says what usually listens there, never what does.
"""

import socket
from functools import cache
from typing import NamedTuple

from portview.knowledge.files import path_of
from portview.text import clean
from portview.vocabulary import Protocol

_TABLE = path_of("services.tsv")
_TRANSPORTS = {protocol.value: protocol for protocol in Protocol}


class Service(NamedTuple):
    """One row of the table; `product` is what one really meets there, None where we do not know."""

    port: int
    protocol: Protocol
    name: str
    product: str | None


@cache
def services() -> dict[tuple[int, Protocol], Service]:
    """The whole table by port and protocol, in the order of the ports."""
    table: dict[tuple[int, Protocol], Service] = {}
    with open(_TABLE, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            number, transport, name, *product = line.split("\t")
            port, protocol = int(number), _TRANSPORTS[transport]
            table[port, protocol] = Service(port, protocol, name, product[0] if product else None)
    return table


@cache
def _ports() -> dict[tuple[str, Protocol], int]:
    """The lowest port of each name."""
    names: dict[tuple[str, Protocol], int] = {}
    for service in services().values():
        names.setdefault((service.name, service.protocol), service.port)
    return names


@cache
def service_name(port: int, protocol: Protocol) -> str | None:
    """The usual name of a port, None when there is none."""
    if service := services().get((port, protocol)):
        return service.name
    try:
        return clean(socket.getservbyport(port, protocol.value))
    except (OSError, OverflowError):
        return None


@cache
def port_of(name: str, protocol: Protocol) -> int | None:
    """The usual port of a service name (any case), None when there is none."""
    name = name.strip().lower()
    if (port := _ports().get((name, protocol))) is not None:
        return port
    try:
        return socket.getservbyname(name, protocol.value)
    except (OSError, ValueError):
        return None
