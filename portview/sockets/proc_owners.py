"""The holders of sockets on Linux, read from /proc/<pid>/{stat,status,cmdline} (proc_pid(5))."""

import os
import re
import sys
from collections.abc import Iterable, Mapping, Set
from functools import cache
from pathlib import Path

from portview.sockets.command_line import in_one_line
from portview.sockets.proc_files import read, read_stat
from portview.sockets.records import COMMAND_LIMIT, NAME_LIMIT, Owner
from portview.sockets.users import user_name
from portview.text import clean_bytes

_COMM_LENGTH = 15  # TASK_COMM_LEN of the kernel, without the zero at its end
_STOPPED = (b"T", b"t")
_BOOTED = re.compile(rb"^btime (?P<seconds>\d+)$", re.MULTILINE)


class ProcOwners:
    """Tells owners for one snapshot after another; an owner that is unchanged stays the same object."""

    def __init__(self) -> None:
        self._known: dict[int, Owner] = {}

    def owners(self, pids: Iterable[int], again: Set[int]) -> Mapping[int, Owner]:
        """Details by pid, read anew for those in `again`; a process that has ended is left out.

        The same object as before when nothing has changed.
        """
        known: dict[int, Owner] = {}
        for pid in pids:
            old = self._known.get(pid)
            new = old if old is not None and pid not in again else _read_owner(pid)
            if new is not None:
                known[pid] = old if old is not None and old == new else new
        if known != self._known:
            self._known = known
        return self._known


def _read_owner(pid: int) -> Owner | None:
    if sys.platform == "win32":  # there is no /proc
        return None
    stat = read_stat(pid)
    if stat is None:
        return None
    uid = _user_id(pid)
    booted = _booted()
    command = (read(f"/proc/{pid}/cmdline") or b"").rstrip(b"\0")
    line = os.fsencode(in_one_line(os.fsdecode(command).split("\0")))
    return Owner(
        pid=pid,
        name=clean_bytes(_full_name(stat.name, command), NAME_LIMIT) or None,
        command=clean_bytes(line, COMMAND_LIMIT) or None,
        user=None if uid is None else user_name(uid),
        started=None if booted is None else booted + stat.started / os.sysconf("SC_CLK_TCK"),
        stopped=stat.state in _STOPPED,
    )


def _user_id(pid: int) -> int | None:
    """The effective user: the directory is always theirs, whoever owns what is in it (task_dump_owner)."""
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None


def _full_name(name: bytes, command: bytes) -> bytes:
    """The kernel keeps fifteen bytes of a name; the command has the rest, where it is the same program."""
    program = os.path.basename(command.partition(b"\0")[0])
    return program if len(name) == _COMM_LENGTH and program.startswith(name) else name


@cache
def _booted() -> float | None:
    """Seconds since the epoch; asked once, since the kernel's answer moves with the clock."""
    try:
        # Of any length: the line of interrupts comes first.
        found = _BOOTED.search(Path("/proc/stat").read_bytes())
    except OSError:
        return None
    return float(found["seconds"]) if found else None
