"""How the program speaks to the terminal: Textual's driver, and what it leaves to be wished for."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver

assert sys.platform != "win32"  # Textual has another driver there


class _Wire:
    """The terminal as a file. When it has gone (a dropped connection) writing must not hang or raise:
    Textual's writer would die of it, and the program wait for ever for a writer.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._gone = False

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, text: str) -> None:
        if not self._gone:
            with self._until_gone():
                self._file.write(text)

    def flush(self) -> None:
        if not self._gone:
            with self._until_gone():
                self._file.flush()

    @contextlib.contextmanager
    def _until_gone(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self._gone = True
            os.kill(os.getpid(), signal.SIGHUP)


class TerminalDriver(LinuxDriver):
    """Draws on stdout, which is what was checked to be a terminal; stderr may be a file."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        assert sys.__stdout__ is not None
        self._file = cast("TextIOWrapper", _Wire(sys.__stdout__))  # as much of one as the driver uses

    def stop_application_mode(self) -> None:
        """Leave an empty alternate screen behind.

        tmux gives a window that was resized meanwhile its old size before it takes the shell's picture
        back, and the lines that are too long for that end up above the prompt.
        """
        self.write("\x1b[H\x1b[2J")
        super().stop_application_mode()


def speaking(*ways: Callable[[str], str]) -> type[TerminalDriver]:
    """The driver for a terminal that must be spoken to in these ways, one after the other."""

    class Speaking(TerminalDriver):
        def write(self, data: str) -> None:
            for way in ways:
                data = way(data)
            super().write(data)

    return Speaking
