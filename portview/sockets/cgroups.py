"""Where in the cgroup tree a socket was made: the kernel tells an id, the tree is a file system.

The id of a cgroup of version 2 is the inode number of its directory (cgroups(7)).
"""

import os
import re
from collections.abc import Mapping, Set
from pathlib import Path

from portview.text import clean_bytes

_MOUNTS = Path("/proc/self/mountinfo")
# The fifth field is the mount point; the type of the file system stands behind the dash (proc(5)).
_CGROUP2 = re.compile(rb"^(?:\S+ ){4}(?P<point>\S+) [^\n]* - cgroup2 ", re.MULTILINE)


class Cgroups:
    """The paths of cgroups by id; the tree is walked again when an id is asked for that is not known."""

    def __init__(self) -> None:
        self._paths: dict[int, str] = {}
        self._sought: Set[int] = frozenset()

    def paths(self, numbers: Set[int]) -> Mapping[int, str]:
        """The paths below the mount point, as `/system.slice/ssh.service`; the root is `/`.

        A cgroup that has been removed or is out of sight is left out.
        """
        if not numbers <= self._paths.keys() | self._sought:
            self._paths = _walk()
            self._sought = frozenset(numbers)
        return self._paths


def _walk() -> dict[int, str]:
    try:
        mounted = _CGROUP2.search(_MOUNTS.read_bytes())
        if mounted is None:
            return {}
        top = mounted["point"]
        found = {os.stat(top).st_ino: "/"}
    except OSError:
        return {}
    ahead = [top]
    while ahead:
        try:
            with os.scandir(ahead.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        found[entry.inode()] = clean_bytes(entry.path[len(top) :])
                        ahead.append(entry.path)
        except OSError:  # removed meanwhile, or closed to this user
            continue
    return found
