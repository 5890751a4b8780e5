"""Programs and the ports on which they are usually met."""

import tomllib
from collections.abc import Mapping
from functools import cache

from portview.knowledge.files import path_of

_NAME_LIMIT = 15
"""Letters of a process's name that the kernel keeps (TASK_COMM_LEN of prctl(2), PR_SET_NAME)."""


@cache
def usual_ports() -> Mapping[str, frozenset[int]]:
    """The usual ports of each program, by its name as the kernel keeps it."""
    with open(path_of("programs.toml"), "rb") as file:
        return {name[:_NAME_LIMIT]: frozenset(ports) for name, ports in tomllib.load(file).items()}


@cache
def usual_programs() -> Mapping[int, tuple[str, ...]]:
    """The programs that usually listen on a port."""
    found: dict[int, tuple[str, ...]] = {}
    for name, ports in sorted(usual_ports().items()):
        for port in ports:
            found[port] = (*found.get(port, ()), name)
    return found
