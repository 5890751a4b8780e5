"""The pages of the reference: ports, outcomes, causes, patterns and questions in general words."""

from collections.abc import Iterator
from itertools import groupby

from portview.knowledge.browser_ports import BLOCKED_BY_BROWSERS
from portview.knowledge.load import CheckText, RiskText, cause, outcomes, patterns, phrases, risks, topics
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.provider_blocks import blocks
from portview.knowledge.services import service_name, services
from portview.knowledge.template import fill
from portview.vocabulary import Protocol

_SYSTEM = range(1024)  # RFC 6335, section 6
_DYNAMIC = range(49152, 65536)
LAST_PORT = 65535


def port_page(port: int) -> Page:
    """What is usual on a port, over TCP and UDP; of a number that is no port, why it is none."""
    if not 0 < port <= LAST_PORT:
        words = phrases("reference")["port"]["beyond" if port else "zero"]
        return Page(f"Port {port}", (Section("", (Line(fill(words, {"port": str(port)})),)),))
    sections = [Section("Usually", tuple(_usual(port)))]
    found = {risk.id: risk for risk in (_risk(port, protocol) for protocol in Protocol) if risk}
    for risk in found.values():
        sections.append(Section("Risk", (Line(f"{risk.title}: {risk.reason}", Tone.WARN),)))
        sections.append(Section("Fix", (Line(risk.fix),)))
    sections.append(
        Section("Range", (Line(fill(phrases("sockets")["kind"][_range(port)], {"port": str(port)})),))
    )
    if port in BLOCKED_BY_BROWSERS:
        sections.append(Section("Browsers", (Line(phrases("reference")["port"]["browsers"], Tone.WARN),)))
    if blocked := tuple(_blocked(port)):
        sections.append(Section("Blocked by providers", blocked))
    commands = [f"sudo ss -tulpn 'sport = :{port}'", f"portview probe HOST {port}"]
    sections.append(Section("By hand", tuple(Line(command, Tone.COMMAND) for command in commands)))
    return Page(_port_title(port), tuple(sections), Tone.WARN if found else Tone.PLAIN)


def outcome_page(outcome_id: str) -> Page:
    """An outcome in the handbook."""
    outcome = outcomes()[outcome_id]
    return Page(
        outcome.title,
        (
            Section("", (Line(outcome.meaning),)),
            Section("How causes are told apart", tuple(Line(text) for text in outcome.apart)),
            Section("Other programs say", tuple(Line(f"{tool}: {text}") for tool, text in outcome.prints)),
        ),
    )


def cause_page(cause_id: str) -> Page:
    """A cause in general: capitals stand for the real host and port."""
    text, words = cause(cause_id), phrases("words")
    general = words["general"]
    sections = [Section("", (Line(fill(text.explanation, general)),))]
    if text.checks:
        sections.append(Section("Check", tuple(_checks(text.checks))))
    if text.fix:
        sections.append(Section("Fix", (Line(fill(text.fix, general)),)))
    if text.see:
        sections.append(Section("See also", tuple(Line(f"{other}: {_title(other)}") for other in text.see)))
    return Page(fill(text.title, general), tuple(sections))


def pattern_page(pattern_id: str) -> Page:
    """A pattern: what was seen, in general."""
    pattern, general = patterns()[pattern_id], phrases("words")["general"]
    return Page(fill(pattern.title, general), (Section("", (Line(fill(pattern.summary, general)),)),))


def topic_page(topic_id: str) -> Page:
    """A question with its answer."""
    topic = topics()[topic_id]
    return Page(
        topic.question,
        (
            Section("", tuple(Line(text) for text in topic.answer)),
            Section("By hand", tuple(Line(command, Tone.COMMAND) for command in topic.commands)),
        ),
    )


def _title(cause_id: str) -> str:
    return fill(cause(cause_id).title, phrases("words")["general"])


def _checks(checks: tuple[CheckText, ...]) -> Iterator[Line]:
    words = phrases("words")
    for where, group in groupby(checks, key=lambda check: check.where):
        for number, check in enumerate(group):
            text = fill(check.text, words["general"])
            if not check.is_command:
                yield Line(f"{words['where'][where]}: {text}")
                continue
            if number == 0:
                yield Line(f"{words['where'][where]}:")
            yield Line(text, Tone.COMMAND)


def _port_title(port: int) -> str:
    names = dict.fromkeys(name for protocol in Protocol if (name := service_name(port, protocol)))
    return f"Port {port}: {', '.join(names)}" if names else f"Port {port}"


def _usual(port: int) -> Iterator[Line]:
    for protocol in Protocol:
        name = service_name(port, protocol)
        known = services().get((port, protocol))
        product = f", {known.product}" if known and known.product else ""
        nothing = phrases("reference")["port"]["nothing"]
        yield Line(f"{protocol.value.upper()}: {name or nothing}{product}")


def _range(port: int) -> str:
    if port in _SYSTEM:
        return "system"
    return "dynamic" if port in _DYNAMIC else "user"


def _risk(port: int, protocol: Protocol) -> RiskText | None:
    return risks().get((port, protocol.value))


def _blocked(port: int) -> Iterator[Line]:
    """Who blocks the port, with the source: hints, never proofs."""
    words = phrases("reference")["block"]
    for block in blocks():
        for protocol in Protocol:
            if (port, protocol) in block.ports:
                values = {
                    "provider": block.provider,
                    "port": str(port),
                    "protocol": protocol.value,
                    "source": block.source,
                }
                yield Line(fill(words[f"{block.direction}_{block.confidence}"], values))
