"""A whole scan from two lines as they are typed: targets, and ports."""

import re
import threading

from portview.scan.plan import Plan
from portview.scan.popular import top_ports
from portview.scan.ports import parse_ports, without
from portview.scan.targets import look_up
from portview.vocabulary import Protocol

_TOP = re.compile(r"\s*top\s*([0-9]{1,5})\s*", re.IGNORECASE)
_LEFT_OUT = re.compile(r"[,\s]*!\s*([^,\s]+)")


def plan_of(targets: str, ports: str, protocol: Protocol, cancel: threading.Event) -> Plan:
    """The plan; raises BadInput with one clear line, and CancelledError when cancelled.

    Ports may also be `top 1000`. What follows a `!` is left out: `192.0.2.0/24 !192.0.2.1`,
    `1-1000,!22`.
    """
    targets, unwanted = _apart(targets)
    ports, closed = _apart(ports)
    top = _TOP.fullmatch(ports)
    chosen = {protocol: top_ports(int(top[1]), protocol).ports} if top else parse_ports(ports, protocol)
    if closed:
        chosen = without(chosen, parse_ports(",".join(closed), protocol))
    found = look_up((targets,), exclude=unwanted, cancel=cancel)
    return Plan(found.hosts, {one: tuple(sorted(each)) for one, each in chosen.items()}, found.unresolved)


def _apart(text: str) -> tuple[str, list[str]]:
    """What is wanted, and what is left out."""
    return _LEFT_OUT.sub("", text).lstrip(", "), _LEFT_OUT.findall(text)
