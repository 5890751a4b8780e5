"""What survives a restart: a folder with a file for each of the newest records.

A file that is broken, foreign or unreadable costs its own record and a line in the log. Two programs may
use one folder at a time.
"""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from portview.errors import BadInput
from portview.tui.log import LOG
from portview.tui.places import replacing

T = TypeVar("T")
K = TypeVar("K")

_NO_TIME = 1 << 63  # of a foreign file


class Shelf(Generic[T, K]):
    """The newest records in `folder`; without a folder nothing is kept and nothing found.

    A T is kept, a K is what is read of it again. `write` raises OSError, `read` raises BadInput for what is
    no record. There are at most `most` files, and as many as have `most_bytes` together, but always the
    newest. All methods block.
    """

    def __init__(
        self,
        folder: Path | None,
        most: int,
        write: Callable[[Path, T], None],
        read: Callable[[Path], K],
        *,
        most_bytes: int,
        ending: str = ".json",
    ) -> None:
        self._folder = folder
        self._most = most
        self._write = write
        self._read = read
        self._most_bytes = most_bytes
        self._ending = ending

    def keep(self, record: T) -> Path | None:
        """Write a record and drop the oldest beyond the bounds; raises OSError."""
        if self._folder is None:
            return None
        kept = self._folder / f"{self._next():020}{self._ending}"
        with replacing(kept) as path:
            self._write(path, record)
        left = self._most_bytes
        for place, path in enumerate(self._paths()):
            with contextlib.suppress(OSError):  # another program may have dropped it
                left -= path.lstat().st_size
                if place and (place >= self._most or left < 0):
                    path.unlink()
        return kept

    def drop(self, path: Path) -> None:
        """Remove a record that another one has taken the place of; raises OSError."""
        path.unlink(missing_ok=True)

    def records(self) -> list[K]:
        """The records that can be read, newest first."""
        found = []
        for path in self._paths()[: self._most]:
            try:
                found.append(self._read(path))
            except (BadInput, OSError) as error:
                LOG.warning("%s is left out: %s", path.name, error)
        return found

    def _next(self) -> int:
        """The time in nanoseconds; where the clock was set back, the next one after the newest record."""
        numbers = (int(path.stem) for path in self._paths() if path.stem.isdecimal())
        newest = max((number for number in numbers if number < _NO_TIME), default=0)
        return max(time.time_ns(), newest + 1)

    def _paths(self) -> list[Path]:
        if self._folder is None:
            return []
        try:
            named = sorted(self._folder.glob(f"[0-9]*{self._ending}"), reverse=True)
            return [path for path in named if path.is_file()]  # a pipe would be waited for
        except OSError:
            return []
