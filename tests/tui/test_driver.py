"""The reader of keys ends when it is told, without waiting for its next look round."""

import os
import pty
import queue
import select
import sys
import threading
from contextlib import closing

import pytest
from textual import events
from textual.message import Message

if sys.platform == "win32":
    pytest.skip("Textual has another driver there", allow_module_level=True)

from portview.tui import driver

WAIT_S = 10.0


def test_the_bell_wakes_a_poll_until_it_is_cleared() -> None:
    bell = driver._Bell()
    waiting = select.poll()
    waiting.register(bell, select.POLLIN)
    for _ in range(2):
        assert not waiting.poll(0)
        bell.set()
        bell.set()
        assert waiting.poll(0)
        assert bell.is_set()
        bell.clear()
        bell.clear()
        assert not bell.is_set()


class _Reader(driver.TerminalDriver):
    """The part that reads keys, on a terminal of its own."""

    def __init__(self, terminal: int) -> None:
        self.fileno = terminal
        self.exit_event = self._bell = driver._Bell()
        self._debug = False
        self.heard: queue.Queue[Message] = queue.Queue()

    def process_message(self, message: Message) -> None:
        self.heard.put(message)


@pytest.mark.parametrize("hung_up", [False, True])
def test_what_is_typed_is_heard_until_the_bell_rings_or_the_terminal_goes(
    monkeypatch: pytest.MonkeyPatch, hung_up: bool
) -> None:
    monkeypatch.setattr(driver, "_TICK_MS", None)  # it never looks round by itself
    near, far = pty.openpty()
    with closing(os.fdopen(near, "wb", buffering=0)) as typing, closing(os.fdopen(far, "rb", buffering=0)):
        reader = _Reader(far)
        thread = threading.Thread(target=reader.run_input_thread, daemon=True)
        thread.start()
        typing.write("ä\n".encode())
        keys = [reader.heard.get(timeout=WAIT_S) for _ in range(2)]
        assert [key.key for key in keys if isinstance(key, events.Key)] == ["ä", "ctrl+j"]
        if hung_up:
            typing.close()
        else:
            reader.exit_event.set()
        thread.join(WAIT_S)
        assert not thread.is_alive()
