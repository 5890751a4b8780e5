"""What one row of a scan says of many ports, and of how many it may say so."""

from dataclasses import replace
from typing import TYPE_CHECKING

from portview.knowledge.page import Line, Page, Section, Tone
from portview.tui.units import count

if TYPE_CHECKING:
    from portview.scan.ranges import PortRange


def share(ports: "PortRange") -> str:
    """How many ports a range holds: `57 ports`, or `858 of 8118` where there are gaps in it."""
    size = ports.last - ports.first + 1
    return count(ports.count, "port") if ports.count == size else f"{ports.count} of {size}"


def speak_for(page: Page, ports: "PortRange", *, running: bool, cut_short: bool) -> Page:
    """Head the page of a range's first port with the ports that it speaks for."""
    if ports.first == ports.last:
        return page
    size = ports.last - ports.first + 1
    between = f"from {ports.first} to {ports.last}"
    if ports.count == size:
        lines = [Line(f"This is about all {size:,} ports {between}; {ports.first} is the example.")]
    else:
        others = "have no result" if running or cut_short else "were not asked"
        lines = [
            Line(f"This is about {ports.count:,} of the {size:,} ports {between}; the others {others}."),
            Line(f"{ports.first} is the example."),
        ]
    if running:
        lines.append(Line("The scan goes on: the range may grow or fall apart."))
    elif cut_short:
        lines.append(Line("The scan was cut short: ports without a result were not tested.", Tone.WARN))
    return replace(page, sections=(Section("", tuple(lines)), *page.sections))
