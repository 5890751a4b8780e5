"""Waiting for one socket, in steps short enough that a cancel is felt at once."""

import selectors
import socket
import sys
import threading
import time

# poll(2) needs no file descriptor of its own: a program that has none left can still wait.
if sys.platform == "win32":
    _Selector = selectors.SelectSelector
else:
    _Selector = selectors.PollSelector

# The longest time in which a cancel goes unnoticed, in seconds.
STEP_S = 0.2


class CancelledError(Exception):
    """The user ended the knock before it was decided."""


def wait(sock: socket.socket, events: int, until: float, cancel: threading.Event | None) -> bool:
    """Wait for `events` (selectors.EVENT_*) until the monotonic time `until`; False: nothing came."""
    with _Selector() as selector:
        selector.register(sock, events)
        while True:
            if cancel is not None and cancel.is_set():
                raise CancelledError
            left = until - time.monotonic()
            if selector.select(max(0.0, min(left, STEP_S))):
                return True
            if left <= 0:
                return False
