"""Processes and their parents, from /proc/<pid> (proc(5)); most of it is open to every user."""

import os
import re
from collections.abc import Iterable, Mapping

from portview.sockets.owner.records import Process
from portview.sockets.proc_files import read, read_stat
from portview.text import clean_bytes

_DELETED = " (deleted)"
_NAMESPACE = re.compile(r"net:\[(\d+)\]")
_MOST_ANCESTORS = 32


def read_process(pid: int) -> Process | None:
    """Everything about one process, None when it has ended."""
    folder = f"/proc/{pid}"
    stat = read_stat(pid)
    if stat is None or stat.is_over:
        return None
    executable = _link(f"{folder}/exe")
    network = _link(f"{folder}/ns/net")
    namespace = _NAMESPACE.fullmatch(network) if network else None
    raw = (read(f"{folder}/cmdline") or b"").rstrip(b"\0")
    return Process(
        pid=pid,
        parent=stat.parent or None,
        name=clean_bytes(stat.name),
        started_ticks=stat.started,
        arguments=tuple(clean_bytes(one) for one in raw.split(b"\0")) if raw else (),
        executable=_path(executable),
        deleted=executable is not None and executable.endswith(_DELETED),
        cgroup=_cgroup(read(f"{folder}/cgroup") or b""),
        network=int(namespace[1]) if namespace else None,
    )


def ancestors(process: Process, known: Mapping[int, Process]) -> tuple[Process, ...]:
    """The parents of a process that are known, nearest first."""
    line: dict[int, Process] = {}
    while process.parent is not None and len(line) < _MOST_ANCESTORS:
        if process.parent not in known or process.parent in line:
            break  # read at different moments, recycled pids can bite their tail
        process = known[process.parent]
        line[process.pid] = process
    return tuple(line.values())


def with_ancestors(pids: Iterable[int], known: dict[int, Process]) -> dict[int, Process]:
    """The processes and all their parents by pid; those in `known` are not read again."""
    found: dict[int, Process] = {}
    for pid in pids:
        ahead: int | None = pid
        while ahead is not None and ahead not in found:
            process = known.get(ahead) or read_process(ahead)
            if process is None:
                break
            found[ahead] = process
            ahead = process.parent
    return found


def _cgroup(table: bytes) -> str | None:
    """The path in the version 2 hierarchy, or where that is not in use, systemd's or any other's."""
    paths: dict[bytes, bytes] = {}
    for line in table.splitlines():
        number, controllers, path = [*line.split(b":", 2), b"", b""][:3]
        if path not in (b"", b"/"):
            paths[b"unified" if number == b"0" else controllers] = path
    for kind in (b"unified", b"name=systemd", *paths):
        if kind in paths:
            return clean_bytes(paths[kind])
    return None


def _path(executable: str | None) -> str | None:
    if executable is None:
        return None
    return clean_bytes(os.fsencode(executable.removesuffix(_DELETED)))


def _link(path: str) -> str | None:
    try:
        return os.readlink(path)
    except OSError:
        return None
