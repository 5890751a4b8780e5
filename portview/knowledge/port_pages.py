"""The pages of ports, ranges of ports, and providers that block some."""

from collections.abc import Iterator
from itertools import groupby

from portview.knowledge.blocked import block_line, port_list
from portview.knowledge.by_hand import commands
from portview.knowledge.entries import slug
from portview.knowledge.load import phrases, risk_texts
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.provider_blocks import Block, blocks, blocks_for
from portview.knowledge.search import is_port
from portview.knowledge.services import (
    Claimant,
    claimants_of,
    registered,
    sentence,
    service_name,
    services,
    system_name,
)
from portview.knowledge.template import fill
from portview.vocabulary import Protocol

_SYSTEM = range(1024)  # RFC 6335, section 6
_DYNAMIC = range(49152, 65536)
_FEW_BLOCKS = 3


def port_page(port: int, service: str | None = None) -> Page:
    """What is usual on a port, over TCP and UDP; of a number that is no port, why it is none.

    The page names `service` first, where that is one of those on the port.
    """
    words = phrases("reference")
    if not is_port(port):
        text = fill(words["port"]["beyond" if port else "zero"], {"port": str(port)})
        return Page(f"Port {port}", (Section("", (Line(text),)),))
    label = words["label"]
    known = [claimant for protocol in Protocol for claimant in claimants_of(port, protocol)]
    sections = list(_usual(port, service))
    sections += _risks(known)
    kind = fill(phrases("sockets")["kind"][_range(port)], {"port": str(port)})
    sections.append(Section(label["range"], (Line(kind),)))
    if names := tuple(_registered(port)):
        sections.append(Section(label["registered"], names))
    sections += (
        Section(f"{label['blocked']} {protocol.value.upper()}", blocked)
        for protocol in Protocol
        if (blocked := tuple(_blocked(port, protocol)))
    )
    sections.append(Section(label["by_hand"], tuple(_by_hand(port, known))))
    usual_risk = any(all_of[0].risk for p in Protocol if (all_of := claimants_of(port, p)))
    return Page(_title(port, service), tuple(sections), Tone.WARN if usual_risk else Tone.PLAIN)


def range_page(first: int, last: int) -> Page:
    """What is known in a range of ports."""
    words = phrases("reference")["port"]
    values = {"first": str(first), "last": str(last)}
    lines = [
        Line(f"{port}/{protocol}  {service.name}" + (f": {service.product}" if service.product else ""))
        for (port, protocol), service in services().items()
        if first <= port <= last
    ]
    return Page(
        fill(words["known"], values), (Section("", tuple(lines) or (Line(fill(words["nobody"], values)),)),)
    )


def provider_page(entry_id: str) -> Page:
    """All that one provider blocks, with the sources."""
    found = [block for block in blocks() if slug(block.provider) == entry_id]
    words = phrases("blocks")["page"]
    browser = "browser_" if found[0].direction == "browser" else ""
    how = words["how_browser" if browser else "how"]
    return Page(
        fill(words[f"{browser}title"], {"provider": found[0].provider}),
        (
            Section("", tuple(Line(block_line(block, port_list(block))) for block in found)),
            Section("", (Line(how),)),
        ),
    )


def _title(port: int, service: str | None) -> str:
    names = dict.fromkeys(name for protocol in Protocol if (name := service_name(port, protocol)))
    called = service or ", ".join(names)
    return f"Port {port}: {called}" if called else f"Port {port}"


def _usual(port: int, service: str | None) -> Iterator[Section]:
    """Who is met on the port, a section for each transport that we know something of."""
    words = phrases("reference")
    found: dict[tuple[Line, ...], list[str]] = {}
    for protocol in Protocol:
        all_of = sorted(claimants_of(port, protocol), key=lambda claimant: claimant.name != service)
        if lines := tuple(map(_claimant, all_of)):
            found.setdefault(lines, []).append(protocol.value.upper())
    for lines, transports in found.items():
        yield Section(words["label"]["and"].join(transports), lines)
    if not found:
        yield Section("", (Line(words["port"]["nothing"]),))


def _claimant(claimant: Claimant) -> Line:
    words = phrases("reference")
    values = {
        "likelihood": words["likelihood"][claimant.likelihood],
        "product": claimant.product or claimant.name,
        "sentence": sentence(claimant),
    }
    return Line(fill(words["port"]["claimant"], values))


def _risks(known: list[Claimant]) -> Iterator[Section]:
    """The dangers of the port's services, each once; with their names where not all have it."""
    label = phrases("reference")["label"]
    for risk_id in dict.fromkeys(claimant.risk for claimant in known if claimant.risk):
        risk = risk_texts()[risk_id]
        whose = dict.fromkeys(one.product or one.name for one in known if one.risk == risk_id)
        others = any(one.risk != risk_id for one in known)
        title = f"{risk.title} ({', '.join(whose)})" if others else risk.title
        yield Section(label["risk"], (Line(f"{title}: {risk.reason}", Tone.WARN),))
        yield Section(label["fix"], (Line(risk.fix),))


def _registered(port: int) -> Iterator[Line]:
    words = phrases("reference")["port"]
    for protocol in Protocol:
        values = {"transport": protocol.value.upper()}
        if name := registered().get((port, protocol)):
            yield Line(fill(words["registered"], {**values, "name": name}))
        elif name := system_name(port, protocol):
            yield Line(fill(words["on_system"], {**values, "name": name}))


def _range(port: int) -> str:
    if port in _SYSTEM:
        return "system"
    return "dynamic" if port in _DYNAMIC else "user"


def _blocked(port: int, protocol: Protocol) -> Iterator[Line]:
    """Who blocks the port: hints, never proofs. Many are named together; their own pages say more."""
    found = blocks_for(port, protocol)
    if len(found) <= _FEW_BLOCKS:
        for block in found:
            yield Line(block_line(block, f"{port}/{protocol}"))
        return
    words = phrases("reference")["block"]
    for key, group in groupby(sorted(found, key=_group), key=_group):
        providers = ", ".join(dict.fromkeys(block.provider for block in group))
        yield Line(fill(words[key], {"providers": providers}))
    yield Line(words["sources"])


def _group(block: Block) -> str:
    return f"{block.direction}_{block.confidence}"


def _by_hand(port: int, known: list[Claimant]) -> Iterator[Line]:
    words = phrases("reference")["port"]
    host = phrases("words")["general"]["host"]
    protocols = dict.fromkeys(claimant.protocol for claimant in known) or {Protocol.TCP: None}
    for command in dict.fromkeys(c for protocol in protocols for c in commands(host, port, protocol)):
        yield Line(command, Tone.COMMAND)
    yield Line(fill(words["by_hand"], {"port": str(port)}))
