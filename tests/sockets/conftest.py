"""Real processes that hold real sockets, and questions asked as another user."""

import ctypes
import os
import pickle
import resource
import signal
import socket
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

_PR_SET_DUMPABLE = 4
_CLONE_NEWNET = 0x40000000


def _become(uid: int) -> None:
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    # Without this the kernel keeps even the process itself from reading its /proc/self/fd.
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


def _close_sockets() -> None:
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                os.close(int(name))


def _fork(function: Callable[[], object], uid: int | None, inherit: bool) -> tuple[int, object]:
    """Run a function in a forked child, which then waits for its end; return its pid and the answer."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reader)
            try:
                if not inherit:
                    _close_sockets()
                if uid is not None:
                    _become(uid)
                answer = pickle.dumps((True, function()))
            except BaseException:  # noqa: BLE001 - the border of the child: the parent raises it
                answer = pickle.dumps((False, traceback.format_exc()))
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(answer)
            signal.pause()
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        worked, value = pickle.load(pipe)
    if not worked:
        _end(pid)
        pytest.fail(f"in the child: {value}")
    return pid, value


def _end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


@pytest.fixture
def forked() -> Iterator[Callable[..., tuple[int, object]]]:
    """`forked(function, uid=None, inherit=False)` gives (pid, what the function returned).

    The child lives on to the end of the test; without `inherit` it closes the sockets it got.
    """
    pids: list[int] = []

    def start(
        function: Callable[[], object], uid: int | None = None, *, inherit: bool = False
    ) -> tuple[int, object]:
        pid, value = _fork(function, uid, inherit)
        pids.append(pid)
        return pid, value

    yield start
    for pid in pids:
        _end(pid)


@pytest.fixture
def spare() -> Callable[[int], None]:
    """`spare(number)` leaves this process so many descriptors to open; for a forked child."""

    def leave(number: int) -> None:
        taken = [os.open("/dev/null", os.O_RDONLY) for _ in range(300)]
        limit = max(taken) + 1
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        for each in taken[:number]:
            os.close(each)

    return leave


@pytest.fixture
def bound() -> Iterator[Callable[..., socket.socket]]:
    """`bound(address, port=0, udp=False, reuse_port=False)` gives a listening (UDP: bound) socket."""
    opened: list[socket.socket] = []

    def open_(
        address: str, port: int = 0, *, udp: bool = False, reuse_port: bool = False, number: int = 0
    ) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        opened.append(new := socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM, number))
        if reuse_port:
            new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        new.bind((address, port))
        if not udp:
            new.listen(7)
        return new

    yield open_
    for each in opened:
        each.close()


@pytest.fixture
def root() -> None:
    """Skip the test for anyone who may not change users."""
    if os.geteuid() != 0:
        pytest.skip("takes root")


@pytest.fixture
def own_network(root: None) -> Iterator[None]:
    """A network namespace for this test alone: no one else's traffic, only loopback."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net", "rb") as home:
        if libc.unshare(_CLONE_NEWNET) != 0:
            pytest.skip("no network namespaces here")
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            yield
        finally:
            assert libc.setns(home.fileno(), _CLONE_NEWNET) == 0
