"""What a port number usually means: our own table first, then the system's list (services(5)).

A name says what usually listens there, never what does. Several programs claim some ports; the
table tells how likely each of them is. Its sentences are apart (`service_words`): a scan needs none.
"""

import re
import socket
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from portview.knowledge.files import KnowledgeError, path_of
from portview.text import clean
from portview.vocabulary import Protocol

_TABLE = path_of("services.tsv")
_SYSTEM_TABLE = "/etc/services"
_COLUMNS = 8
_NAMED_PRODUCTS = 4
_REMEMBERED = 4096
"""Ports of which the answer is remembered: sockets that come and go take other ones all the time."""


class Likelihood(StrEnum):
    """How often an open port of this number is that."""

    USUAL = "usual"
    COMMON = "common"
    RARE = "rare"


class Claimant(NamedTuple):
    """One program that is met on a port. `speaks` is explained in the table; None: not known.

    `risk` is a key of the risks, None where nothing special is known against it.
    """

    port: int
    protocol: Protocol
    name: str
    likelihood: Likelihood
    speaks: str | None
    risk: str | None
    product: str | None
    aliases: tuple[str, ...]


class Service(NamedTuple):
    """A port as a whole: its usual name, and the likeliest products, None where we do not know."""

    port: int
    protocol: Protocol
    name: str
    product: str | None


_TRANSPORTS = {protocol.value: protocol for protocol in Protocol}
_LIKELIHOODS = {likelihood.value: likelihood for likelihood in Likelihood}

Port = tuple[int, Protocol]


@cache
def claimants() -> Mapping[Port, tuple[Claimant, ...]]:
    """Everybody on each port, the likeliest first; in the order of the ports."""
    return read_claimants(_TABLE)


def read_claimants(path: str) -> Mapping[Port, tuple[Claimant, ...]]:
    """Read such a table. Raises KnowledgeError."""
    table: dict[Port, tuple[Claimant, ...]] = {}
    for number, row in read_rows(path, _COLUMNS):
        try:
            claimant = _claimant(row)
        except (ValueError, KeyError) as error:
            raise KnowledgeError(f"{path}: line {number}: {error} cannot be used") from error
        key = claimant.port, claimant.protocol
        table[key] = (*table.get(key, ()), claimant)
    return table


@lru_cache(maxsize=_REMEMBERED)
def claimants_of(port: int, protocol: Protocol) -> tuple[Claimant, ...]:
    """Everybody on one port: only its lines are read, because all would cost more than a knock."""
    rows = (line.split("\t") for line in _lines().get(str(port), ()))
    return tuple(_claimant(row) for row in rows if row[1] == protocol)


@cache
def speaks(name: str) -> str | None:
    """What a service of this name speaks, as the table explains it; None: not known."""
    line = re.search(rf"^\d+\t\w+\t{re.escape(name)}\t\w+\t([^\t-]+)\t", _text(), re.MULTILINE)
    return line[1] if line else None


@cache
def _lines() -> Mapping[str, Sequence[str]]:
    """The lines of the table by port, as they are."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for line in _text().splitlines():
        lines[line.partition("\t")[0]].append(line)
    return lines


@cache
def _text() -> str:
    with open(_TABLE, encoding="utf-8") as file:
        return file.read()


def _claimant(row: Sequence[str]) -> Claimant:
    port, transport, name, likelihood, *rest = row
    speech, risk, product, aliases = (None if cell == "-" else cell for cell in rest)
    called = tuple(aliases.split(", ")) if aliases else ()
    usual = _LIKELIHOODS[likelihood]
    return Claimant(int(port), _TRANSPORTS[transport], name, usual, speech, risk, product, called)


def read_rows(path: str, columns: int) -> list[tuple[int, list[str]]]:
    """The lines of a table with tabs between its cells, each with its number; comments start with `#`.

    Raises KnowledgeError for a line with another number of cells, or with an empty one.
    """
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    rows = []
    for number, line in enumerate(lines, 1):
        if not line or line[0] == "#":
            continue
        cells = line.split("\t")
        if len(cells) != columns or "" in cells:
            raise KnowledgeError(f"{path}: line {number}: must have {columns} cells, with a tab between them")
        rows.append((number, cells))
    return rows


@cache
def services() -> Mapping[Port, Service]:
    """What each port is taken for."""
    return {key: Service(*key, all_of[0].name, _products(all_of)) for key, all_of in claimants().items()}


def _products(all_of: tuple[Claimant, ...]) -> str | None:
    likely = [claimant for claimant in all_of if claimant.likelihood is not Likelihood.RARE] or all_of[:1]
    products = dict.fromkeys(claimant.product for claimant in likely if claimant.product)
    return ", ".join(list(products)[:_NAMED_PRODUCTS]) or None


@cache
def _ports() -> dict[tuple[str, Protocol], int]:
    """The lowest port of each name."""
    names: dict[tuple[str, Protocol], int] = {}
    for (port, protocol), all_of in claimants().items():
        for claimant in all_of:
            names.setdefault((claimant.name, protocol), port)
    return names


@lru_cache(maxsize=_REMEMBERED)
def service_name(port: int, protocol: Protocol) -> str | None:
    """The usual name of a port, None when there is none."""
    if all_of := claimants_of(port, protocol):
        return all_of[0].name
    return system_name(port, protocol)


def system_name(port: int, protocol: Protocol) -> str | None:
    """The name that this system's services(5) has for a port."""
    return _system_names().get((str(port), protocol.value))


@cache
def _system_names() -> dict[tuple[str, str], str]:
    """The names of services(5) by port and protocol; getservbyport(3) would read the file for each port."""
    names: dict[tuple[str, str], str] = {}
    try:
        with open(_SYSTEM_TABLE, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:  # a system without the file
        return {}
    for line in lines:
        name, place, *_ = (*line.partition("#")[0].split(), "", "")
        port, _, protocol = place.partition("/")
        names.setdefault((port, protocol), clean(name))
    return names


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


@cache
def service_words(language: str = "en") -> Mapping[str, str]:
    """The sentence of each service by its name, or by name/transport where the transports differ."""
    return {name: sentence for _, (name, sentence) in read_rows(path_of(language, "services.tsv"), 2)}


def sentence(claimant: Claimant, language: str = "en") -> str:
    """What a claimant is, in one sentence."""
    words = service_words(language)
    return words.get(f"{claimant.name}/{claimant.protocol}") or words[claimant.name]


@cache
def registered() -> Mapping[Port, str]:
    """IANA's own names for the ports of the table."""
    rows = read_rows(path_of("iana.tsv"), 3)
    return {(int(port), _TRANSPORTS[transport]): name for _, (port, transport, name) in rows}
