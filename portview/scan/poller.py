"""Waiting for thousands of sockets at once: epoll on Linux, whatever the system has elsewhere."""

import select
import selectors
import sys
import time
from typing import Protocol


class Poller(Protocol):
    """Tells which of its file descriptors have something to say (level-triggered)."""

    def add(self, fd: int, *, reading: bool) -> None:
        """Watch a descriptor for data (`reading`) or for the end of a connect; errors always count."""

    def remove(self, fd: int) -> None:
        """Forget a descriptor; call it before closing."""

    def wait(self, timeout_s: float) -> list[int]:
        """Wait at most `timeout_s` and return the descriptors that are ready."""

    def close(self) -> None:
        """Free the poller."""


if sys.platform == "linux":

    class EpollPoller:
        """epoll(7)."""

        def __init__(self) -> None:
            self._epoll = select.epoll()

        def add(self, fd: int, *, reading: bool) -> None:
            """Watch a descriptor."""
            self._epoll.register(fd, select.EPOLLIN if reading else select.EPOLLOUT)

        def remove(self, fd: int) -> None:
            """Do nothing: closing a descriptor takes it out of the set, without a system call more."""

        def wait(self, timeout_s: float) -> list[int]:
            """Return the ready descriptors."""
            return [fd for fd, _ in self._epoll.poll(timeout_s, 4096)]

        def close(self) -> None:
            """Free the kernel's set."""
            self._epoll.close()


class SelectorPoller:
    """The best that `selectors` finds (kqueue, or select on Windows)."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, fd: int, *, reading: bool) -> None:
        """Watch a descriptor."""
        self._selector.register(fd, selectors.EVENT_READ if reading else selectors.EVENT_WRITE)

    def remove(self, fd: int) -> None:
        """Forget a descriptor."""
        self._selector.unregister(fd)

    def wait(self, timeout_s: float) -> list[int]:
        """Return the ready descriptors."""
        if not self._selector.get_map():  # Windows does not wait for nothing
            time.sleep(timeout_s)
            return []
        return [key.fd for key, _ in self._selector.select(timeout_s)]

    def close(self) -> None:
        """Free the selector."""
        self._selector.close()


def best_poller() -> Poller:
    """The fastest poller of this platform."""
    if sys.platform == "linux":
        return EpollPoller()
    return SelectorPoller()
