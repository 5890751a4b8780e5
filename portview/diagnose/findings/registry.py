"""All rules about sockets, the gravest first. A new rule is one function and one line in its module."""

from portview.diagnose.findings import exposed, holders, ports, pressure, programs
from portview.diagnose.findings.case import Rule

RULES: tuple[Rule, ...] = (
    *exposed.RULES,
    *programs.RULES,
    *pressure.RULES,
    *holders.RULES,
    *ports.RULES,
)
