"""A whole scan from two lines as they are typed: targets, and ports."""

import re
import threading

from portview.scan.left_out import apart
from portview.scan.plan import Plan
from portview.scan.popular import top_ports
from portview.scan.ports import Ports, parse_ports, without
from portview.scan.targets import look_up
from portview.vocabulary import Protocol

_TOP = re.compile(r"\s*top\s*([0-9]{1,5})\s*", re.IGNORECASE)


def plan_of(targets: str, ports: str, protocol: Protocol, cancel: threading.Event) -> Plan:
    """The plan; raises BadInput with one clear line, and CancelledError when cancelled.

    Ports may also be `top 1000`, and what follows a `!` is left out of them, too.
    """
    wanted, unwanted = apart(ports)
    if top := _TOP.fullmatch(wanted):
        chosen: Ports = {protocol: top_ports(int(top[1]), protocol).ports}
        if unwanted:
            chosen = without(chosen, parse_ports(",".join(unwanted), protocol))
    else:
        chosen = parse_ports(ports, protocol)
    found = look_up((targets,), cancel=cancel)
    return Plan(found.hosts, {one: tuple(sorted(each)) for one, each in chosen.items()}, found.unresolved)
