"""Whether this process may see who owns a socket, and if not, why."""

import os

from portview.sockets.own_command import as_root
from portview.sockets.records import HiddenReason
from portview.sockets.users import own_uid

# PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h: fixed since Linux 3.8.
_FIRST_PID_NAMESPACE = "pid:[4026531836]"


def blind_spot(*, denied: bool = False) -> HiddenReason | None:
    """Why the holder of a socket may be out of sight; None: every process of the machine is in sight.

    `denied` says that a process could not be looked into.
    """
    uid = own_uid()
    if uid is None:
        return HiddenReason.NOT_TOLD
    if uid != 0:
        return HiddenReason.NOT_ROOT
    if denied:
        return HiddenReason.DENIED
    return None if _sees_all_processes() else HiddenReason.OTHER_NAMESPACE


def remedy(reason: HiddenReason) -> str | None:
    """The command that shows what is hidden, None where being root does not help."""
    return as_root("ls") if reason is HiddenReason.NOT_ROOT else None


def _sees_all_processes() -> bool:
    """Only in the first PID namespace are all processes visible; other systems have no such thing."""
    try:
        return os.readlink("/proc/self/ns/pid") == _FIRST_PID_NAMESPACE
    except OSError:
        return True
