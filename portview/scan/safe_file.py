"""A file that is only ever added to, and that a full disk leaves whole."""

import os
import stat
import sys
from collections import deque
from contextlib import suppress
from itertools import islice
from pathlib import Path

from portview.errors import BadInput
from portview.text import clean

# Pieces that are written at once.
_PIECES = 256
_FLAGS = os.O_WRONLY | os.O_CREAT
if sys.platform == "win32":
    _FLAGS |= os.O_BINARY  # else the end of a line would be two bytes
else:
    _FLAGS |= os.O_NONBLOCK  # a pipe would wait for its reader


class SafeFile:
    """Text is kept until the disk takes it; what was written always ends where a `write` ended."""

    def __init__(self, path: Path, *, at: int = 0) -> None:
        """Open or make the file and cut it off at byte `at`; raises BadInput when that cannot be done."""
        self.path = path
        self._pending: deque[bytes] = deque()
        self._good = at
        shown = clean(str(path), 60)
        try:
            self._file = os.open(path, _FLAGS, 0o666)
        except OSError as error:
            raise BadInput(f"cannot write to {shown}: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            os.close(self._file)
            raise BadInput(f"cannot write to {shown}: not a regular file")
        os.ftruncate(self._file, at)
        os.lseek(self._file, at, os.SEEK_SET)

    @property
    def size(self) -> int:
        """How many bytes the disk has taken."""
        return self._good

    @property
    def is_whole(self) -> bool:
        """Whether the disk has taken all."""
        return not self._pending

    def write(self, text: str) -> None:
        """Add text; it reaches the disk with the next `flush`."""
        self._pending.append(text.encode("utf-8", "backslashreplace"))

    def overwrite(self, at: int, text: str) -> None:
        """Put text in the place of as many bytes at `at`, if the disk has taken those already."""
        data = text.encode()
        if at + len(data) <= self._good:
            # It takes no new place on the disk; what fails all the same, the next `flush` tells.
            with suppress(OSError):
                os.lseek(self._file, at, os.SEEK_SET)
                os.write(self._file, data)
            os.lseek(self._file, self._good, os.SEEK_SET)

    def flush(self) -> str | None:
        """Write what is pending; why that failed, in words, else None. It may be tried again."""
        while self._pending:
            # In portions, so that a full disk costs one of them at each attempt.
            pieces = list(islice(self._pending, _PIECES))
            try:
                self._good += self._write(b"".join(pieces))
            except OSError as error:
                # What was half written is taken back: the file stays readable, the whole is tried again.
                os.ftruncate(self._file, self._good)
                os.lseek(self._file, self._good, os.SEEK_SET)
                return error.strerror
            for _ in pieces:
                self._pending.popleft()
        return None

    def _write(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        return len(data)

    def close(self) -> None:
        """Close it; nothing more is tried."""
        os.close(self._file)
