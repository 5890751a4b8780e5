"""The reading that is begun before the screen is there."""

import threading
from dataclasses import dataclass, field

import pytest

from portview.sockets.records import Hidden, Snapshot
from portview.tui.readings import Ahead


@dataclass
class Reader:
    """Numbers its readings; the first one waits until it is let go."""

    go_on: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    asked: list[bool] = field(default_factory=list)

    def __call__(self, everything: bool) -> Snapshot:
        self.asked.append(everything)
        self.begun.set()
        assert self.go_on.wait(10)
        return Snapshot((), Hidden(), f"reading {len(self.asked)}")


def test_a_reading_begins_at_once_and_is_given_to_the_first_who_asks() -> None:
    reader = Reader()
    ahead = Ahead(reader)
    assert reader.begun.wait(10)
    reader.go_on.set()
    assert [ahead(False).source, ahead(False).source, ahead(True).source] == [
        "reading 1",
        "reading 2",
        "reading 3",
    ]
    assert reader.asked == [False, False, True]


def test_who_asks_for_everything_first_waits_for_the_reading_that_goes_on() -> None:
    """The source serves one thread at a time."""
    reader = Reader()
    ahead = Ahead(reader)
    assert reader.begun.wait(10)
    asking = threading.Thread(target=ahead, args=(True,))
    asking.start()
    assert reader.asked == [False]
    reader.go_on.set()
    asking.join(10)
    assert reader.asked == [False, True]


def test_what_the_first_reading_raises_is_raised_once_to_who_asks() -> None:
    failures = [OSError("no sockets"), None]

    def read(everything: bool) -> Snapshot:
        if failure := failures.pop(0):
            raise failure
        return Snapshot((), Hidden(), "read")

    ahead = Ahead(read)
    with pytest.raises(OSError, match="no sockets"):
        ahead(False)
    assert ahead(False).source == "read"
