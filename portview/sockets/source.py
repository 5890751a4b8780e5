"""Where snapshots come from."""

import sys
import typing

from portview.sockets.records import Snapshot


class Source(typing.Protocol):
    """Reads this machine's sockets. One thread at a time may use it.

    `name` is what `Snapshot.source` says where the kernel refuses nothing.
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
    if sys.platform == "linux":
        from portview.sockets.linux_source import LinuxSource
        from portview.sockets.netlink.dump import NetlinkTables
        from portview.sockets.proc_tables import ProcTables

        return LinuxSource((NetlinkTables(), ProcTables()))
    from portview.sockets.psutil_source import PsutilSource

    return PsutilSource()
