"""How the program speaks to the terminal: Textual's driver, and what it leaves to be wished for."""

import contextlib
import errno
import os
import select
import signal
import sys
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from io import TextIOWrapper
from typing import IO, Any, cast

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

assert sys.platform != "win32"  # Textual has another driver there

_TICK_MS = 100
"""How long a lone Esc may wait to be taken for itself: it may be the first byte of another key."""
_INTRODUCERS = "[OP]X^_"
"""What stands behind the Esc of a sequence (ECMA-48: CSI, SS3, DCS, OSC, SOS, PM, APC)."""


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


class _Bell(threading.Event):
    """An event that wakes a poll. It is there for as long as the program is."""

    def __init__(self) -> None:
        super().__init__()
        self._heard, self._rung = os.pipe()
        os.set_blocking(self._heard, False)

    def fileno(self) -> int:
        return self._heard

    def set(self) -> None:
        super().set()
        os.write(self._rung, b"\0")

    def clear(self) -> None:
        super().clear()
        with contextlib.suppress(BlockingIOError):  # it was not set
            os.read(self._heard, 64)


class _Parser(XTermParser):
    """Textual's reader of keys, but for Esc that comes together with a key, and for what is pasted.

    Terminals send the same bytes for Esc and a key as for Alt with that key, and only the program knows
    which of them it has a use for: they are called `alt+key`, with the character of the key. In a paste
    Textual takes what follows an Esc for keys that were pressed: whoever wrote the text would press them.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pasted: str | None = None

    def feed(self, data: str) -> Iterable[Message]:
        while data:
            if self._pasted is None:
                typed, start, data = data.partition(BRACKETED_PASTE_START)
                if typed:  # nothing would be the end of the file
                    yield from super().feed(typed)
                if start:
                    self._pasted = ""
            else:
                text, end, data = (self._pasted + data).partition(BRACKETED_PASTE_END)
                self._pasted = None if end else text
                if end:
                    yield events.Paste(text)

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if len(sequence) == 2 and sequence[0] == "\x1b" and sequence[1] not in _INTRODUCERS:
            sequence, alt = sequence[1], True
        for key in super()._sequence_to_key_events(sequence):
            yield events.Key(f"alt+{key.key}", key.character) if alt else key


class TerminalDriver(LinuxDriver):
    """Draws on stdout, which is what was checked to be a terminal; stderr may be a file.

    Which characters are drawn is settled by then. With an encoding for stdout that lacks one (Latin-1, by
    PYTHONIOENCODING or a locale that is not the terminal's) Textual's writer would die, and all wait for it.

    Textual's reader of keys looks every 0.1 s whether it is to end, and waits as long once more: this one
    ends at once, and so does the program.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        assert isinstance(sys.__stdout__, TextIOWrapper)
        sys.__stdout__.reconfigure(encoding="utf-8", errors="replace")
        self._file = cast("TextIOWrapper", _Wire(sys.__stdout__))  # as much of one as the driver uses
        self.exit_event = self._bell = _Bell()

    def run_input_thread(self) -> None:
        """Hand on what is typed until the bell rings."""
        parser = _Parser(self._debug)
        decode = getincrementaldecoder("utf-8")().decode
        waiting = select.poll()
        waiting.register(self.fileno, select.POLLIN)
        waiting.register(self._bell, select.POLLIN)
        while not self._bell.is_set():
            ready = [descriptor for descriptor, _ in waiting.poll(_TICK_MS)]
            if self.fileno in ready:
                data = _read(self.fileno)
                if not data:
                    return  # the terminal has gone, and SIGHUP ends the program
                if typed := decode(data):
                    for event in parser.feed(typed):
                        self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    def stop_application_mode(self) -> None:
        """Leave an empty alternate screen behind.

        tmux gives a window that was resized meanwhile its old size before it takes the shell's picture
        back, and the lines that are too long for that end up above the prompt.
        """
        self.write("\x1b[H\x1b[2J")
        super().stop_application_mode()


def _read(terminal: int) -> bytes:
    """What was typed; nothing where the terminal has gone."""
    try:
        return os.read(terminal, 4096)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""


def speaking(*ways: Callable[[str], str]) -> type[TerminalDriver]:
    """The driver for a terminal that must be spoken to in these ways, one after the other."""

    class Speaking(TerminalDriver):
        def write(self, data: str) -> None:
            for way in ways:
                data = way(data)
            super().write(data)

    return Speaking
