"""What one row of a scan says of many ports, and of how many it may say so."""

from dataclasses import replace
from typing import TYPE_CHECKING

from portview.knowledge.load import phrases
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.template import fill
from portview.tui.units import count

if TYPE_CHECKING:
    from portview.scan.ranges import PortRange


def share(ports: "PortRange") -> str:
    """How many ports a range holds: `57 ports`, or `858 of 8,118` where there are gaps in it."""
    size = ports.last - ports.first + 1
    return count(ports.count, "port") if ports.count == size else f"{ports.count:,} of {size:,}"


def speak_for(page: Page, ports: "PortRange", *, running: bool, cut_short: bool) -> Page:
    """Head the page of a range's first port with the ports that it speaks for."""
    if ports.first == ports.last:
        return page
    size, phrase = ports.last - ports.first + 1, phrases("scan")["range"]
    values = {
        "count": f"{ports.count:,}",
        "size": f"{size:,}",
        "first": str(ports.first),
        "last": str(ports.last),
    }
    if ports.count == size:
        said = ["whole"]
    else:
        said = ["no_result" if running or cut_short else "not_asked", "example"]
    lines = [Line(fill(phrase[key], values)) for key in said]
    if running:
        lines.append(Line(phrase["running"]))
    elif cut_short:
        lines.append(Line(phrase["cut_short"], Tone.WARN))
    return replace(page, sections=(Section("", tuple(lines)), *page.sections))
