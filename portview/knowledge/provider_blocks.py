"""Ports that providers block for everybody: a hint for diagnosis, with its source."""

import tomllib
from functools import cache
from typing import NamedTuple

from portview.knowledge.files import path_of
from portview.vocabulary import Protocol

_FILE = path_of("provider_blocks.toml")


class Block(NamedTuple):
    """One provider's block. `direction` is `in` (towards its customers) or `out` (from them)."""

    provider: str
    direction: str
    ports: frozenset[tuple[int, Protocol]]
    source: str
    confidence: str


@cache
def blocks() -> tuple[Block, ...]:
    """Every known block."""
    with open(_FILE, "rb") as file:
        entries = tomllib.load(file)["block"]
    return tuple(
        Block(
            entry["provider"],
            entry["direction"],
            frozenset((port, protocol) for protocol in Protocol for port in entry.get(protocol.value, ())),
            entry["source"],
            entry["confidence"],
        )
        for entry in entries
    )


def blocking(port: int, protocol: Protocol, direction: str) -> str:
    """The providers that block a port in one direction, separated by commas; empty for none."""
    return ", ".join(
        block.provider
        for block in blocks()
        if block.direction == direction and (port, protocol) in block.ports
    )
