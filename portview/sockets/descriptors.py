"""What the descriptors of a process point to, on Linux: the links in /proc/<pid>/fd (proc_pid_fd(5))."""

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

_LINKS_OF_ONE = 3
"""Links to /proc/<pid>/task: its own two, and one for each thread."""


def how_many(folder: str) -> int | None:
    """How many descriptors a process or a thread has, by its folder in /proc.

    None when it has ended or may not be asked. Before Linux 6.2 the kernel says 0 of all.
    """
    try:
        return os.stat(f"{folder}/fd").st_size
    except OSError:
        return None


class Descriptors:
    """Reads one process after another.

    To list them takes a quarter of the time, so it is not done where the numbers can be guessed: most
    processes have them as the one before, or from 0 on without a gap. As many different descriptors as
    the process has, if all of them are there, are all of them. Links are bytes: there are tens of thousands,
    and as texts each costs more.
    """

    def __init__(self) -> None:
        self._numbers: Sequence[bytes] = ()
        self._are_counted = bool(how_many("/proc/self"))

    def links(self, pid: int, count: int | None, *, of_threads: bool = False) -> Sequence[bytes]:
        """Where all of them point; `count` is what `how_many` said.

        With `of_threads` also those of threads that do not share them. Raises OSError when the process
        has ended or may not be read: root without CAP_SYS_PTRACE may list the descriptors of others but
        not read where they point.
        """
        has_none = self._are_counted and count == 0  # as the kernel's own threads, which may be hundreds
        links = () if has_none else self._read(f"/proc/{pid}", count)
        # The first thread may have ended before the others: then only they show the descriptors.
        return [*links, *self._of_threads(pid, count)] if of_threads or not links else links

    def _of_threads(self, pid: int, count: int | None) -> Sequence[bytes]:
        """Those of the threads with another number of them; of several with the same, one is enough."""
        folder = f"/proc/{pid}/task"
        if os.stat(folder).st_nlink <= _LINKS_OF_ONE:
            return ()
        links, read = list[bytes](), {count}
        for thread in os.listdir(folder):
            number = how_many(f"{folder}/{thread}")
            if number not in read or not self._are_counted:
                read.add(number)
                with suppress(FileNotFoundError, ProcessLookupError):  # this one has ended
                    links += self._read(f"{folder}/{thread}", number)
                if links and not self._are_counted:
                    break
        return links

    def _read(self, folder: str, count: int | None) -> Sequence[bytes]:
        opened = os.open(f"{folder}/fd", os.O_RDONLY)
        try:
            read, links = partial(os.readlink, dir_fd=opened), list[bytes]()
            numbers = self._numbers if len(self._numbers) == count else _from_zero(count or 0)
            try:
                links.extend(map(read, numbers))  # what comes before a gap stays
            except FileNotFoundError:
                count = None
            if not count:
                done = dict(zip(numbers, links, strict=False))
                for number in map(os.fsencode, os.listdir(opened)):
                    if number not in done:
                        with suppress(FileNotFoundError):  # closed since it was listed
                            done[number] = read(number)
                self._numbers, links = tuple(done), list(done.values())
            return links
        finally:
            os.close(opened)


def _from_zero(count: int) -> Sequence[bytes]:
    return [b"%d" % number for number in range(count)]


def has_threads_apart(pid: int) -> bool:
    """Whether some thread seems not to share its descriptors (CLONE_FILES of unshare(2)).

    A number of descriptors that is not the first thread's tells; where it is the same by chance, or is
    not told, nothing does.
    """
    folder = f"/proc/{pid}/task"
    try:
        if os.stat(folder).st_nlink <= _LINKS_OF_ONE:
            return False
        return len({how_many(f"{folder}/{thread}") for thread in os.listdir(folder)}) > 1
    except OSError:  # it has ended
        return False
