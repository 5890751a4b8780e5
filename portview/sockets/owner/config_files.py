"""Configuration files of other programs: which one a process was given, and what it holds."""

import os
import stat
import sys
import time
from pathlib import Path

from portview.sockets.owner.records import Process
from portview.sockets.users import own_uid

_RENEWED_AFTER_S = 30.0
_SIZE_LIMIT = 1024 * 1024


def period() -> int:
    """A number that changes when what was read from a file is to be read again."""
    return int(time.monotonic() // _RENEWED_AFTER_S)


def argument(process: Process, *options: str) -> str | None:
    """The absolute path behind one of these options, in the next word or after `=`; None: none is given.

    A process that has written its title over its arguments has one long word.
    """
    words = " ".join(process.arguments).split()
    for before, after in zip(words, (*words[1:], ""), strict=False):
        option, _, value = before.partition("=")
        path = value or after
        if option in options and path.startswith("/"):
            return path
    return None


def config_text(path: str | Path) -> str:
    """A plain file of root's or of this user's: a process may name any path, and its user fill it."""
    if sys.platform == "win32":
        return ""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        about = os.fstat(opened)
        if not stat.S_ISREG(about.st_mode) or about.st_uid not in (0, own_uid()):
            return ""
        return os.read(opened, _SIZE_LIMIT).decode("utf-8", "replace")
    finally:
        os.close(opened)
