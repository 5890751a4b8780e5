"""Which processes hold which sockets, on Linux: the links in /proc/<pid>/fd (proc_pid_fd(5))."""

import os
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Holders:
    """`pids` by socket inode, ascending; `denied` says that some process could not be looked into."""

    pids: dict[int, list[int]]
    denied: bool


def find_holders(inodes: Collection[int]) -> Holders:
    """Look for the sockets with these inodes in every process that may be looked into.

    A process that ends meanwhile is passed over.
    """
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[int, list[int]] = {}
    denied = False
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdecimal()):
        try:
            held = {wanted.get(link) for link in _links(pid)}
        except PermissionError:
            denied = True
            continue
        for inode in held:
            if inode is not None:
                found.setdefault(inode, []).append(pid)
    return Holders(found, denied)


def _links(pid: int) -> list[str]:
    """What the descriptors of a process point to. Raises PermissionError.

    Root without CAP_SYS_PTRACE may list the descriptors of others but not read where they point.
    """
    folder = f"/proc/{pid}/fd"
    links: list[str] = []
    try:
        for descriptor in os.listdir(folder):
            try:
                links.append(os.readlink(f"{folder}/{descriptor}"))
            except FileNotFoundError:
                continue  # closed since it was listed
    except (FileNotFoundError, ProcessLookupError):
        return []
    return links
