"""Words about ports that do not get through: a few for forms and rows, whole sentences for pages."""

from collections.abc import Iterable, Iterator

from portview.knowledge.load import phrases
from portview.knowledge.provider_blocks import DIRECTIONS, Block, blocks_for
from portview.knowledge.template import fill
from portview.vocabulary import Protocol

_NAMED = 2


def short_note(port: int, protocol: Protocol, language: str = "en") -> str | None:
    """Who blocks a port, in a few words: "often blocked outbound (AWS EC2, Azure and 9 more)"; else None."""
    words = phrases("blocks", language)["short"]
    found = blocks_for(port, protocol)
    notes = []
    for direction in DIRECTIONS:
        names = list(dict.fromkeys(block.provider for block in found if block.direction == direction))
        if names:
            notes.append(fill(words[direction], {"names": _shortened(names, words["more"])}))
    return "; ".join(notes) or None


def _shortened(names: list[str], more: str) -> str:
    shown = ", ".join(names[:_NAMED])
    rest = len(names) - _NAMED
    return fill(more, {"names": shown, "count": str(rest)}) if rest > 0 else shown


def block_line(block: Block, ports: str, language: str = "en") -> str:
    """One block in a sentence about these ports."""
    words = phrases("blocks", language)
    provider = block.provider[:1].upper() + block.provider[1:]
    values = {"provider": provider, "ports": ports, "source": block.source, "date": block.date}
    sentence = fill(words["line"][f"{block.direction}_{block.confidence}"], values)
    return f"{sentence} {words['unless'][block.unless]}" if block.unless else sentence


def port_list(block: Block) -> str:
    """The ports of a block, runs of them as ranges: "TCP 25, 136-139; UDP 135"."""
    parts = []
    for protocol in Protocol:
        ports = sorted(port for port, transport in block.ports if transport is protocol)
        if ports:
            parts.append(f"{protocol.value.upper()} {', '.join(_runs(ports))}")
    return "; ".join(parts)


def _runs(ports: Iterable[int]) -> Iterator[str]:
    """Ascending ports; three and more in a row become a range."""
    run: list[int] = []
    for port in [*ports, None]:
        if port is not None and run and port == run[-1] + 1:
            run.append(port)
            continue
        yield from ([f"{run[0]}-{run[-1]}"] if len(run) > 2 else map(str, run))
        run = [port] if port is not None else []
