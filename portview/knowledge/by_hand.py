"""The commands that show the same by hand, with the real host and port filled in."""

import shlex
from collections.abc import Iterator

from portview.knowledge.load import ToolText, phrases, tools
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.services import service_name
from portview.knowledge.speech import usual_speech
from portview.knowledge.template import fill
from portview.vocabulary import Protocol

_AS_ADDRESS = frozenset({"curl", "openssl"})


def commands(host: str, port: int, protocol: Protocol, language: str = "en") -> tuple[str, ...]:
    """Every command for one port, quoted for the shell."""
    return tuple(_filled(tool, host, str(port), protocol) for tool in _fitting(protocol, language))


def by_hand_page(host: str, port: int, protocol: Protocol, language: str = "en") -> Page:
    """The commands for one port, with what to read in their output and where they mislead."""
    title = phrases("reference", language)["by_hand"]["title"]
    values = {"host": host, "port": str(port), "protocol": protocol.value}
    return Page(
        fill(title, values),
        tuple(
            Section(_label(tool, language), tuple(_lines(tool, host, str(port), protocol, language)))
            for tool in sorted(_fitting(protocol, language), key=lambda tool: tool.at == "target")
        ),
    )


def tool_page(tool_id: str, language: str = "en") -> Page:
    """One of the programs in general: capitals stand for the real host and port."""
    tool = tools(language)[tool_id]
    general = phrases("words", language)["general"]
    protocol = Protocol(tool.protocols[0])
    return Page(
        tool.title,
        (Section("", tuple(_lines(tool, general["host"], general["port"], protocol, language))),),
    )


def _fitting(protocol: Protocol, language: str) -> Iterator[ToolText]:
    return (tool for tool in tools(language).values() if protocol in tool.protocols)


def _label(tool: ToolText, language: str) -> str:
    """The program, and where it is called unless that is here."""
    program = tool.title.partition(":")[0]
    place = phrases("words", language)["where"][tool.at]
    return program if tool.at == "here" else f"{program}, {place}"


def _lines(tool: ToolText, host: str, port: str, protocol: Protocol, language: str) -> Iterator[Line]:
    words = phrases("reference", language)["by_hand"]
    yield Line(_filled(tool, host, port, protocol), Tone.COMMAND)
    yield Line(tool.look)
    for trap in tool.traps:
        yield Line(fill(words["trap"], {"trap": trap}))


def _filled(tool: ToolText, host: str, port: str, protocol: Protocol) -> str:
    in_address = ":" in host and tool.id in _AS_ADDRESS
    speech = usual_speech(service_name(int(port), protocol)) if port.isdecimal() else None
    values = {
        "host": f"[{host}]" if in_address else host,
        "port": port,
        "protocol": protocol.value,
        "scheme": "https" if speech == "TLS" else "http",
    }
    return fill(tool.command, {name: shlex.quote(value) for name, value in values.items()})
