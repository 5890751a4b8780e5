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


@pytest.mark.parametrize(
    ("packets", "keys"),
    [
        ([b"\x1bj"], ["alt+j"]),
        ([b"\x1b3"], ["alt+3"]),
        ([b"\x1b/ab"], ["alt+slash", "a", "b"]),
        ([b"\x1b\r"], ["alt+enter"]),
        ([b"\x1b", b"j"], ["alt+j"]),
        (["\x1bä".encode()], ["alt+ä"]),
        ([b"\x1b\x1bj"], ["escape", "alt+j"]),
        ([b"\x1b[A"], ["up"]),
        ([b"\x1b", b"[", b"A"], ["up"]),
        ([b"\x1bOA"], ["up"]),
        ([b"\x1b\x1b[A"], ["escape", "up"]),
        ([b"\x1b[106;3u"], ["alt+j"]),
    ],
)
def test_escape_and_a_key_in_one_packet_are_told_with_the_key(packets: list[bytes], keys: list[str]) -> None:
    parser = driver._Parser()
    events_ = [event for packet in packets for event in parser.feed(packet.decode())]
    assert [event.key for event in events_ if isinstance(event, events.Key)] == keys


@pytest.mark.parametrize("at_once", [1, 5, 4096])
def test_a_paste_is_text_whatever_is_in_it_and_however_it_comes(at_once: int) -> None:
    parser = driver._Parser()
    typed = "j\x1b[200~a\x1bx\r\x1b[A\x1b[<0;5;6Mb" + "c" * 9000 + "\x1b[201~k\x1b[200~\x1b[201~"
    start = typed.index("a")  # what begins a paste comes in one piece
    pieces = [typed[:start], *(typed[one : one + at_once] for one in range(start, len(typed), at_once))]
    told = [event for piece in pieces for event in parser.feed(piece)]
    assert [event.key for event in told if isinstance(event, events.Key)] == ["j", "k"]
    texts = [event.text for event in told if isinstance(event, events.Paste)]
    assert texts == ["a\x1bx\r\x1b[A\x1b[<0;5;6Mb" + "c" * 9000, ""]
    assert len(told) == 4


def test_a_report_of_the_mouse_between_keys_stays_one() -> None:
    told = [type(event) for event in driver._Parser().feed("\x1b[<0;5;6M\x1bj\x1b[I")]
    assert told == [events.MouseDown, events.Key, events.AppFocus]
