"""Calls that block, run side by side and kept from blocking anybody else."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from portview.probe.waiting import STEP_S, CancelledError

T = TypeVar("T")


def gather(
    functions: Sequence[Callable[[], T]], until: float, cancel: threading.Event | None = None
) -> Iterator[tuple[int, T]]:
    """Run each function in a thread of its own; yield (its place, its value) as each finishes.

    Ends when all have finished or at the monotonic time `until`. The threads are daemons: a call
    that never returns delays neither a cancel nor the exit of the program. Raises what a function
    raised, and CancelledError when cancelled.
    """
    done: queue.SimpleQueue[tuple[int, T | Exception]] = queue.SimpleQueue()

    def run(place: int, function: Callable[[], T]) -> None:
        try:
            done.put((place, function()))
        except Exception as error:  # noqa: BLE001 - raised again below, in the caller's thread
            done.put((place, error))

    for place, function in enumerate(functions):
        threading.Thread(target=run, args=(place, function), name="portview-knock", daemon=True).start()
    missing = len(functions)
    while missing:
        if cancel is not None and cancel.is_set():
            raise CancelledError
        left = until - time.monotonic()
        try:
            place, value = done.get(timeout=max(0.0, min(left, STEP_S)))
        except queue.Empty:
            if left <= 0:
                return
            continue
        if isinstance(value, Exception):
            raise value
        missing -= 1
        yield place, value


class Call(Generic[T]):
    """One such call, begun at once, whose value may be asked for more than once."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._ended = threading.Event()
        self._values: list[T] = []
        self._error: Exception | None = None
        threading.Thread(target=self._run, name="portview-call", daemon=True).start()

    def _run(self) -> None:
        try:
            self._values.append(self._function())
        except Exception as error:  # noqa: BLE001 - raised again below, in the caller's thread
            self._error = error
        self._ended.set()

    def value(self, until: float, cancel: threading.Event | None = None) -> T | None:
        """The function's value, or None when it has none by the monotonic time `until`.

        Raises what the function raised, and CancelledError when cancelled.
        """
        while True:
            if cancel is not None and cancel.is_set():
                raise CancelledError
            left = until - time.monotonic()
            if self._ended.wait(max(0.0, min(left, STEP_S))):
                if self._error is not None:
                    raise self._error
                return self._values[0]
            if left <= 0:
                return None
