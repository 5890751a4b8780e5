"""What survives a restart: a folder with a file for each of the newest records.

A file that is broken, foreign or unreadable costs its own record and nothing else. Two programs may
use one folder at a time.
"""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from portview.errors import BadInput
from portview.tui.places import replacing

T = TypeVar("T")


class Shelf(Generic[T]):
    """The newest `most` records in `folder`; without a folder nothing is kept and nothing found.

    `write` raises OSError, `read` raises BadInput for what is no record. All methods block.
    """

    def __init__(
        self, folder: Path | None, most: int, write: Callable[[Path, T], None], read: Callable[[Path], T]
    ) -> None:
        self._folder = folder
        self._most = most
        self._write = write
        self._read = read

    def keep(self, record: T) -> None:
        """Write a record and drop the oldest beyond `most`; raises OSError."""
        if self._folder is None:
            return
        with replacing(self._folder / f"{time.time_ns():020}.json") as path:
            self._write(path, record)
        for path in self._paths()[self._most :]:
            path.unlink(missing_ok=True)

    def records(self) -> list[T]:
        """The records that can be read, newest first."""
        found = []
        for path in self._paths()[: self._most]:
            with contextlib.suppress(BadInput, OSError):
                found.append(self._read(path))
        return found

    def _paths(self) -> list[Path]:
        if self._folder is None:
            return []
        try:
            return sorted(self._folder.glob("[0-9]*.json"), reverse=True)
        except OSError:
            return []
