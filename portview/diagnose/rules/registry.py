"""All rules, in the order of the stages of a knock. A new rule is one function and one line in its module."""

from portview.diagnose.rules import (
    answered,
    certificates,
    established,
    first_step,
    here,
    lies,
    local,
    names,
    path,
    refused,
    silent,
    udp,
    unreachable,
)
from portview.diagnose.rules.say import Rule

RULES: tuple[Rule, ...] = (
    *names.RULES,
    *local.RULES,
    *here.RULES,
    *refused.RULES,
    *unreachable.RULES,
    *first_step.RULES,
    *silent.RULES,
    *path.RULES,
    *lies.RULES,
    *established.RULES,
    *answered.RULES,
    *certificates.RULES,
    *udp.RULES,
)
