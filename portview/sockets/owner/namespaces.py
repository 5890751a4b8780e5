"""Other network namespaces: their sockets are not listed, so it is said that they exist."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from portview.sockets.owner.cgroup import home_of
from portview.sockets.owner.records import Container, Namespace
from portview.sockets.owner.tree import read_process
from portview.sockets.proc_files import read
from portview.text import clean

_NAMED = Path("/run/netns")  # ip-netns(8)
_FIRST = 1
_LINK = re.compile(r"net:\[(\d+)\]")


def other_namespaces(containers: Mapping[str, Container]) -> tuple[Namespace, ...]:
    """Every other network namespace that can be seen: by name, by its container, or by a process in it.

    An ordinary user sees those of the own processes and the named ones.
    """
    mine = _of("self")
    if mine is None:
        return ()
    try:
        pids = sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())
    except OSError:  # this process has no descriptor to spare
        return ()
    first: dict[int, int] = {}
    for pid in pids:
        inode = _of(str(pid))
        if inode is not None and inode != mine:
            first.setdefault(inode, pid)
    named = _named()
    return tuple(
        Namespace(inode, named.get(inode) or _called(first[inode], containers), first.get(inode))
        for inode in sorted({*first, *named} - {mine})
    )


def _called(pid: int, containers: Mapping[str, Container]) -> str:
    process = read_process(pid)
    # The first process, and the kernel's own threads where they are seen, are in the machine's network.
    if pid == _FIRST or (process and (process.name, process.parent) == ("kthreadd", None)):
        return f"this machine's own (pid {pid})"
    home = home_of(process.cgroup) if process and process.cgroup else None
    if home and home.container:
        container = containers.get(home.container.id, home.container)
        return f"{container.runtime} {container.label}"
    return f"{process.name} (pid {pid})" if process else f"pid {pid}"


def _named() -> dict[int, str]:
    found = {}
    try:
        paths, own = list(_NAMED.iterdir()), os.stat("/proc/self/ns/net")
    except OSError:
        return {}
    for path in paths:
        with suppress(OSError):  # removed meanwhile
            told = path.stat()
            if told.st_dev == own.st_dev:  # else only the file on which one is mounted elsewhere, or was
                found[told.st_ino] = clean(path.name)
    return found


def _of(pid: str) -> int | None:
    try:
        match = _LINK.fullmatch(os.readlink(f"/proc/{pid}/ns/net"))
    except OSError:
        return None
    return int(match[1]) if match else None


@cache
def is_wsl() -> bool:
    """Whether this is Windows' Linux: the kernel's release names Microsoft."""
    return b"microsoft" in (read("/proc/sys/kernel/osrelease") or b"").lower()
