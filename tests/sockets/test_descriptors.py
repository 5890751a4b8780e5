"""Where descriptors point, whatever their numbers are: real processes, read one after the other."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from portview.sockets.descriptors import Descriptors, how_many

PROGRAM = """
import os, sys
numbers = {int(word) for word in sys.argv[1:]}
for number in numbers:
    os.dup2(os.open("/dev/null", os.O_RDONLY), number)
for name in os.listdir("/proc/self/fd"):
    if int(name) not in {0, 1, *numbers}:
        try:
            os.close(int(name))
        except OSError:  # that of the list itself
            pass
print("ready", flush=True)
input()
"""


@contextmanager
def holding(*numbers: int) -> Iterator[int]:
    """A process with these descriptors beside its first two."""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", PROGRAM, *map(str, numbers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert {int(name) for name in os.listdir(f"/proc/{process.pid}/fd")} == {0, 1, *numbers}
        yield process.pid


def listed(pid: int) -> list[bytes]:
    folder = f"/proc/{pid}/fd"
    return sorted(os.fsencode(os.readlink(f"{folder}/{name}")) for name in os.listdir(folder))


@pytest.mark.parametrize(
    "processes",
    [
        [(2, 3, 4)],
        [(2, 3, 9)],
        [(2, 9), (2, 9)],
        [(2, 9), (2, 8), (2, 9)],
        [(2, 9), (2, 3), (2, 9)],
        [(5, 6, 7), (2, 3, 4), (2, 3, 4, 5)],
    ],
)
def test_all_of_them_are_read(processes: list[tuple[int, ...]]) -> None:
    reader = Descriptors()
    for numbers in processes:
        with holding(*numbers) as pid:
            assert sorted(reader.links(pid, how_many(f"/proc/{pid}"))) == listed(pid)


@pytest.mark.parametrize("count", [None, 2, 4, 1000])
def test_one_closed_or_opened_since_they_were_counted_is_no_fault(count: int | None) -> None:
    with holding(2, 9) as pid:
        found = list(Descriptors().links(pid, count))
        assert set(found) <= set(listed(pid))
        assert len(found) == 2 if count == 2 else sorted(found) == listed(pid)


def test_where_linux_does_not_count_them_they_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Linux 6.2."""
    monkeypatch.setattr("portview.sockets.descriptors.how_many", lambda folder: 0)
    with holding(2, 9) as pid:
        assert sorted(Descriptors().links(pid, 0)) == listed(pid)


def test_linux_counts_them() -> None:
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 2):
        pytest.skip("this kernel does not")
    with holding(2, 9) as pid:
        assert how_many(f"/proc/{pid}") == 4


def test_one_that_has_ended_has_none() -> None:
    with holding() as pid:
        pass
    assert how_many(f"/proc/{pid}") is None
    with pytest.raises(FileNotFoundError):
        Descriptors().links(pid, None)
