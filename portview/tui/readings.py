"""Readings of this machine's sockets; the first one is taken before the screen is made."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portview.sockets.records import Snapshot
    from portview.sockets.source import Source


@cache
def _source() -> "Source":
    from portview.sockets.informed import Informed
    from portview.sockets.source import best_source

    return Informed(best_source())


def snapshot(everything: bool) -> "Snapshot":
    """All sockets, or listeners alone, with what is known of their owners; blocks."""
    return _source().snapshot(everything=everything)


_PATIENCE_S = 0.1
"""Threads that both compute hinder each other: a quick reading is over sooner when it is let pass."""


class Ahead:
    """Reads listeners at once, in a thread of its own, and gives them to the first who asks for some."""

    def __init__(self, read: "Callable[[bool], Snapshot]" = snapshot) -> None:
        self._read = read
        thread = ThreadPoolExecutor(1)
        self._first: Future[Snapshot] | None = thread.submit(read, False)
        thread.shutdown(wait=False)
        wait([self._first], _PATIENCE_S)

    def __call__(self, everything: bool) -> "Snapshot":
        """A reading: the one that was begun, then new ones. Raises what the reading raised."""
        first, self._first = self._first, None
        if first is None:
            return self._read(everything)
        begun = first.result()  # the source serves one thread at a time
        return self._read(True) if everything else begun
