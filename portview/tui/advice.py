"""What is worth knowing of a port before knocking at it, while it is typed."""

from collections.abc import Iterator

from portview.knowledge.load import phrases
from portview.knowledge.page import Line, Tone
from portview.knowledge.provider_blocks import blocking
from portview.knowledge.services import service_name, services
from portview.knowledge.speech import is_ssh, is_web, usual_speech
from portview.knowledge.template import fill
from portview.vocabulary import Protocol

_ROOM = 32
"""Characters for the products of a port: the line must end before the screen does."""


def advice(port: int, protocol: Protocol) -> Line:
    """The most useful thing to know of a port, a warning or its usual service, in one line."""
    return next(_warnings(port, protocol), None) or _usual(port, protocol)


def _warnings(port: int, protocol: Protocol) -> Iterator[Line]:
    words = phrases("screen")["advice"]
    values = {"port": str(port), "protocol": protocol.value}
    if is_ssh(port, protocol):
        yield Line(words["ssh"], Tone.WARN)
    if providers := blocking(port, protocol, "out"):
        values["providers"] = _short(providers, 0)
        yield Line(fill(words["blocked"], values), Tone.WARN)
    if protocol is Protocol.TCP and blocking(port, protocol, "browser") and _may_be_web(port, protocol):
        yield Line(fill(words["browser"], values), Tone.WARN)


def _may_be_web(port: int, protocol: Protocol) -> bool:
    """Whether somebody may want to open it in a browser: a port with no other well-known use."""
    speech = usual_speech(service_name(port, protocol))
    return speech is None or speech == "HTTP" or (speech == "TLS" and is_web(service_name(port, protocol)))


def _usual(port: int, protocol: Protocol) -> Line:
    words = phrases("screen")["advice"]
    values = {"port": str(port), "protocol": protocol.value}
    name = service_name(port, protocol)
    if name is None:
        return Line(fill(words["unknown"], values))
    if blocking(port, protocol, "in"):
        return Line(fill(words["service_blocked"], {**values, "service": name}))
    known = services().get((port, protocol))
    product = f" ({_short(known.product, _ROOM)})" if known and known.product else ""
    return Line(fill(words["service"], {**values, "service": f"{name}{product}"}))


def _short(names: str, room: int) -> str:
    """The first of a list of names, and as many more as there is room for."""
    told, _, others = names.partition(", ")
    while others and len(told) + len(others.partition(", ")[0]) < room:
        more, _, others = others.partition(", ")
        told += f", {more}"
    return f"{told} and others" if others else told
