"""Blocking calls side by side."""

import threading
import time

import pytest

from portview.probe.background import Call, gather
from portview.probe.waiting import CancelledError


def test_gather_yields_each_as_it_finishes() -> None:
    first = threading.Event()

    def waits() -> str:
        assert first.wait(10)
        return "second"

    found = gather([waits, lambda: "first"], time.monotonic() + 10)
    assert next(found) == (1, "first")
    first.set()
    assert list(found) == [(0, "second")]


def test_gather_leaves_out_what_is_late() -> None:
    never = threading.Event()
    found = list(gather([never.wait, lambda: True], time.monotonic() + 0.3))
    never.set()
    assert found == [(1, True)]


def test_gather_raises_what_a_function_raised() -> None:
    def fails() -> None:
        raise OSError(5, "input/output error")

    with pytest.raises(OSError, match="input/output"):
        list(gather([fails], time.monotonic() + 10))


def test_cancel_is_felt_while_a_call_blocks() -> None:
    cancel, never = threading.Event(), threading.Event()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(CancelledError):
        list(gather([never.wait], time.monotonic() + 3600, cancel))
    never.set()


def test_call_gives_the_value_or_none_when_late() -> None:
    never = threading.Event()
    assert Call(lambda: 7).value(time.monotonic() + 10) == 7
    assert Call(never.wait).value(time.monotonic() + 0.1) is None
    never.set()


def test_a_call_raises_in_the_caller_what_it_raised() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    call = Call(fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            call.value(time.monotonic() + 10)
