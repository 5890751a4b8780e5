"""The holders of sockets on any system that psutil knows: name, command line, user and start."""

import os
import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

import psutil

from portview.sockets.command_line import in_one_line
from portview.sockets.records import COMMAND_LIMIT, NAME_LIMIT, Owner
from portview.sockets.users import user_name
from portview.text import clean_bytes

T = TypeVar("T")

_STOPPED = frozenset({psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP})


class Processes:
    """Reads the owners for one snapshot after another.

    A process is remembered for as long as it is asked for, so that its start time, which is
    reckoned from a boot time that jitters, stays the same. Name and command are read anew: an exec
    changes both.
    """

    def __init__(self) -> None:
        self._known: dict[int, psutil.Process] = {}

    def owners(self, pids: Iterable[int]) -> dict[int, Owner]:
        """Details by pid; a process that has ended is left out."""
        known: dict[int, psutil.Process] = {}
        owners: dict[int, Owner] = {}
        for pid in pids:
            try:
                process = self._known.get(pid)
                if process is None or not process.is_running():
                    process = psutil.Process(pid)
                owners[pid] = _owner(process)
            except psutil.NoSuchProcess:  # a zombie too: it has closed its sockets
                continue
            known[pid] = process
        self._known = known
        return owners


def _owner(process: psutil.Process) -> Owner:
    """Raises psutil.NoSuchProcess."""
    with process.oneshot():
        status = _allowed(process.status)
        return Owner(
            pid=process.pid,
            name=_safe(_allowed(process.name), NAME_LIMIT),
            command=_safe(in_one_line(_allowed(process.cmdline) or ()), COMMAND_LIMIT),
            user=_user(process),
            started=_allowed(process.create_time),
            stopped=None if status is None else status in _STOPPED,
        )


def _user(process: psutil.Process) -> str | None:
    if sys.platform == "win32":  # there users have names and no ids
        return _safe(_allowed(process.username), NAME_LIMIT)
    uids = _allowed(process.uids)
    return None if uids is None else user_name(uids.effective)


def _allowed(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except psutil.AccessDenied:
        return None


def _safe(text: str | None, limit: int) -> str | None:
    """Clean a process's text; psutil hides bytes that are not UTF-8 in surrogates (PEP 383)."""
    return clean_bytes(os.fsencode(text), limit) if text else None
