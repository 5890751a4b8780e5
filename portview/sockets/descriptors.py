"""What the descriptors of a process point to, on Linux: the links in /proc/<pid>/fd (proc_pid_fd(5))."""

import os
from collections.abc import Collection
from functools import partial

_LINKS_OF_ONE = 3
"""Links to /proc/<pid>/task: its own two, and one for each thread."""


def how_many(pid: int) -> int:
    """How many descriptors a process has; 0 where the kernel does not tell or the process has ended.

    Linux 6.2 and later tell.
    """
    try:
        return os.stat(f"/proc/{pid}/fd").st_size
    except OSError:
        return 0


class Descriptors:
    """Reads one process after another.

    To list them takes a quarter of the time, so it is not done where the numbers can be guessed: most
    processes have them as the one before, or from 0 on without a gap. As many different descriptors as
    the process has, if all of them are there, are all of them.
    """

    def __init__(self) -> None:
        self._numbers: Collection[str] = ()
        self._are_counted = how_many(os.getpid()) > 0

    def links(self, pid: int, count: int) -> Collection[str]:
        """Where all of them point; `count` is how many they are, 0 for not known.

        Raises OSError when the process has ended or may not be read: root without CAP_SYS_PTRACE may
        list the descriptors of others but not read where they point.
        """
        has_none = self._are_counted and not count  # as the kernel's own threads, which may be hundreds
        links = () if has_none else self._read(f"/proc/{pid}/fd", count)
        return links or self._of_threads(pid)

    def _of_threads(self, pid: int) -> Collection[str]:
        """The first thread may have ended before the others: then only they show the descriptors."""
        folder = f"/proc/{pid}/task"
        if os.stat(folder).st_nlink <= _LINKS_OF_ONE:
            return ()
        for thread in os.listdir(folder):
            if int(thread) != pid and (links := self._read(f"/proc/{pid}/task/{thread}/fd", 0)):
                return links
        return ()

    def _read(self, folder: str, count: int) -> Collection[str]:
        opened = os.open(folder, os.O_RDONLY)
        try:
            read, links = partial(os.readlink, dir_fd=opened), dict[str, str]()
            try:
                for number in self._numbers if len(self._numbers) == count else map(str, range(count)):
                    links[number] = read(number)
            except FileNotFoundError:
                count = 0
            if not count:
                for number in os.listdir(opened):
                    if number not in links:
                        try:
                            links[number] = read(number)
                        except FileNotFoundError:  # closed since it was listed
                            continue
                self._numbers = links.keys()
            return links.values()
        finally:
            os.close(opened)
