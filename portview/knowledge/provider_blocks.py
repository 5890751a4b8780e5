"""Ports that do not get through although nobody's own rules stop them: hints, each with its source."""

from functools import cache, lru_cache
from typing import NamedTuple

from portview.knowledge.files import path_of
from portview.knowledge.tables import Table, read
from portview.vocabulary import Protocol

_FILE = path_of("provider_blocks.toml")
DIRECTIONS = ("in", "out", "browser")
CONFIDENCES = ("published", "reported")


class Block(NamedTuple):
    """One provider's block. `direction` is `in` (towards its customers), `out` (from them) or `browser`.

    `names` find it in a search. `date` is that of the source, `undated` where it carries none.
    `unless` is a key of the words about what lifts the block, empty where nothing is known to.
    """

    provider: str
    names: tuple[str, ...]
    direction: str
    ports: frozenset[tuple[int, Protocol]]
    source: str
    date: str
    confidence: str
    unless: str


@cache
def blocks() -> tuple[Block, ...]:
    """Every known block."""
    return read_blocks(_FILE)


def read_blocks(path: str) -> tuple[Block, ...]:
    """Read and validate such a file; raises KnowledgeError."""
    everything = Table(path, "", read(path))
    found = tuple(_block(table) for table in everything.tables("block"))
    everything.done()
    return found


def _block(table: Table) -> Block:
    ports = {(port, protocol) for protocol in Protocol for port in table.ports(protocol.value)}
    if not ports:
        raise table.error("names no port")
    block = Block(
        table.text("provider"),
        table.texts("names"),
        table.choice("direction", DIRECTIONS),
        frozenset(ports),
        table.text("source"),
        table.text("date"),
        table.choice("confidence", CONFIDENCES),
        table.text("unless", ""),
    )
    table.done()
    return block


@lru_cache(maxsize=1024)
def blocks_for(port: int, protocol: Protocol) -> tuple[Block, ...]:
    """Everybody who is said to block a port."""
    return tuple(block for block in blocks() if (port, protocol) in block.ports)


def blocking(port: int, protocol: Protocol, direction: str) -> str:
    """The providers that block a port in one direction, separated by commas; empty for none."""
    found = (block.provider for block in blocks_for(port, protocol) if block.direction == direction)
    return ", ".join(dict.fromkeys(found))
