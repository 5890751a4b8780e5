"""Where snapshots come from."""

import sys
import typing
from pathlib import Path

from portview.sockets.records import Snapshot


class Source(typing.Protocol):
    """Reads this machine's sockets. One thread at a time may use it.

    `name` is what `Snapshot.source` says.
    """

    name: str

    def snapshot(self, *, everything: bool = False) -> Snapshot:
        """Read the listeners, or with `everything` all TCP and UDP sockets.

        A listener is TCP in LISTEN or UDP without a peer. What may not be read is told by the
        snapshot; nothing is raised for it.
        """
        ...


def best_source() -> Source:
    """The source that tells most on this machine."""
    if sys.platform == "linux" and _readable(Path("/proc/net/tcp")):
        from portview.sockets.proc_source import ProcSource

        return ProcSource()
    from portview.sockets.psutil_source import PsutilSource

    return PsutilSource()


def _readable(path: Path) -> bool:
    """Try it: Android refuses by policy what the file's mode allows."""
    try:
        path.open("rb").close()
    except OSError:
        return False
    return True
