"""Ports that providers block for everybody: a hint for diagnosis, with its source."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portview.vocabulary import Protocol

_FILE = Path(__file__).with_name("provider_blocks.toml")


@dataclass(frozen=True, slots=True)
class Block:
    """One provider's block. `direction` is `in` (towards its customers) or `out` (from them)."""

    provider: str
    direction: str
    ports: frozenset[tuple[int, Protocol]]
    source: str
    confidence: str


@cache
def blocks() -> tuple[Block, ...]:
    """Every known block."""
    with _FILE.open("rb") as file:
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
