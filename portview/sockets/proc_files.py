"""Files of /proc, read at once: hundreds of them make up a snapshot, and io's layers cost more than they."""

import os
from typing import NamedTuple

_LIMIT = 64 * 1024
# Of the fields behind the name; the 20th and 22nd in all.
_THREADS, _STARTED = 17, 19
_DEAD = (b"Z", b"X")


def read(path: str) -> bytes | None:
    """What a file holds, up to 64 KiB; None for a process that has ended or may not be read."""
    try:
        opened = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.read(opened, _LIMIT)
    except OSError:
        return None
    finally:
        os.close(opened)


class Stat(NamedTuple):
    """What /proc/<pid>/stat tells (proc_pid_stat(5)); `started` is in clock ticks since boot.

    `is_over` says that all threads have ended: a zombie may also be a first thread whose others go on.
    """

    name: bytes
    state: bytes
    parent: int
    started: int
    is_over: bool


def read_stat(pid: int) -> Stat | None:
    """None for a process that is gone or may not be seen."""
    stat = read(f"/proc/{pid}/stat") or b""
    # The name stands in parentheses and may hold some itself; the fields behind it are numbers.
    start, end = stat.find(b"("), stat.rfind(b")")
    fields = stat[end + 1 :].split()
    if start < 0 or len(fields) <= _STARTED:
        return None
    is_over = fields[0] in _DEAD and int(fields[_THREADS]) < 2
    return Stat(stat[start + 1 : end], fields[0], int(fields[1]), int(fields[_STARTED]), is_over)
