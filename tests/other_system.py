"""Run portview without what macOS or Windows has not: `other_system.py win32 OPEN CLOSED`.

A stand-in for missing modules and attributes and for a few habits, not for the systems themselves:
kernel, file system and psutil stay those of this machine. The libraries are imported before, because
what they do elsewhere is their own affair. It prints as JSON, by command, the exit status and what was
written: {"ls": [0, "PORT  PROTO ...", ""], ...}.
"""

import asyncio
import contextlib
import errno
import importlib
import io
import json
import os
import pkgutil
import select
import selectors
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

import psutil

import portview

LINUX_ONLY: dict[Any, str] = {
    os: "O_PATH O_TMPFILE eventfd memfd_create pidfd_open pipe2 sched_getaffinity setns splice unshare",
    signal: "pidfd_send_signal sigtimedwait sigwaitinfo",
    socket: "AF_NETLINK AF_PACKET IP_RECVERR MSG_ERRQUEUE SO_BINDTODEVICE SO_PEERCRED TCP_INFO",
    select: "epoll EPOLLERR EPOLLHUP EPOLLIN EPOLLOUT",
    selectors: "EpollSelector",
    errno: "ENONET",
    time: "CLOCK_BOOTTIME",
    psutil.Process: "cpu_affinity ionice rlimit",
}
POSIX_ONLY: dict[Any, str] = {
    os: """O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC chown confstr fchmod fork forkpty
        getegid geteuid getgid getgroups getloadavg getpgid getpgrp getresuid getsid getuid killpg mkfifo
        mknod nice openpty posix_spawn pread pwrite readv sendfile setsid statvfs sysconf uname writev""",
    signal: "SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGTSTP SIGUSR1 SIGWINCH pthread_sigmask siginterrupt",
    socket: "AF_UNIX MSG_DONTWAIT SCM_RIGHTS SO_REUSEPORT CMSG_LEN CMSG_SPACE",
    socket.socket: "recvmsg recvmsg_into sendmsg",
    select: "poll POLLIN POLLOUT",
    selectors: "PollSelector",
    time: "CLOCK_MONOTONIC CLOCK_REALTIME clock_gettime",
    psutil.Process: "gids num_fds terminal uids",
}
POSIX_MODULES = "crypt fcntl grp nis posix pty pwd readline resource spwd syslog termios tty"
WINSOCK = """EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EALREADY ECONNABORTED ECONNREFUSED ECONNRESET EHOSTDOWN
    EHOSTUNREACH EINPROGRESS ENETDOWN ENETUNREACH ENOBUFS ENOTCONN ETIMEDOUT EWOULDBLOCK"""
"""Error numbers that have a name of their own in Windows' table, by which `errno.errorcode` calls them."""


CRASHED = 70


class _Missing:
    """An attribute that is not there, where it is inherited and so cannot be taken away."""

    def __get__(self, one: object, kind: type | None = None) -> object:
        raise AttributeError


class _Nowhere(MetaPathFinder):
    """Finds that there are no such modules."""

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> None:
        if fullname in POSIX_MODULES.split():
            raise ModuleNotFoundError(f"No module named '{fullname}'", name=fullname)


def become(platform: str) -> None:
    """Take away what `platform` (darwin, win32) has not; forget portview, which was imported before."""
    names = [f"portview.{one.name[9:]}" for one in pkgutil.walk_packages(portview.__path__, "portview.")]
    for name in names:
        importlib.import_module(name)
    for name in ("portview", *names):
        del sys.modules[name]
    _hide_proc()
    _take_away(LINUX_ONLY)
    if platform == "win32":
        _be_windows()
    else:
        _put(selectors, DefaultSelector=selectors.PollSelector)  # kqueue is not here
    sys.platform = platform


def _be_windows() -> None:
    unix, pair, connect_ex = socket.AF_UNIX, socket.socketpair, socket.socket.connect_ex

    def connecting(sock: socket.socket, name: Any) -> int:
        code = connect_ex(sock, name)
        return errno.EWOULDBLOCK if code == errno.EINPROGRESS else code

    def selecting(_: object, reading: set[int], writing: set[int], __: object, wait_s: float | None) -> Any:
        if not (reading or writing):
            raise OSError(errno.EINVAL, "An invalid argument was supplied")
        return select.select(reading, writing, [], wait_s)

    _take_away(POSIX_ONLY)
    sys.meta_path.insert(0, _Nowhere())
    for name in POSIX_MODULES.split():
        sys.modules.pop(name, None)
    names: Any = errno.errorcode
    names.update({getattr(errno, name): f"WSA{name}" for name in WINSOCK.split()})
    _put(psutil, POSIX=False)  # else it wants its own uids()
    _put(psutil.Process, username=lambda _: "HOME\\alice")
    _put(socket, socketpair=lambda *_: pair(unix))  # for the event loop's own use
    _put(socket.socket, connect_ex=connecting)
    _put(selectors, DefaultSelector=selectors.SelectSelector)
    _put(selectors.SelectSelector, _select=selecting)
    _put(asyncio.SelectorEventLoop, add_signal_handler=_Missing())


def _put(owner: object, **values: object) -> None:
    for name, value in values.items():
        setattr(owner, name, value)


def _take_away(attributes: dict[Any, str]) -> None:
    for owner, names in attributes.items():
        for name in names.split():
            if name in vars(owner):
                delattr(owner, name)
            elif hasattr(owner, name):
                setattr(owner, name, _Missing())


def _hide_proc() -> None:
    """Leave /proc and /sys to psutil, which has another name for the first."""
    away = ("/proc", "/sys")
    psutil.PROCFS_PATH = os.path.join(tempfile.mkdtemp(), "psutil")
    os.symlink("/proc", psutil.PROCFS_PATH)

    def check(path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith(away):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fsdecode(path))

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "os.listdir", "os.scandir"):
            check(arguments[0])

    def checking(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: object, *arguments: object, **options: object) -> Any:
            check(path)
            return function(path, *arguments, **options)

        return call

    sys.addaudithook(watch)
    for name in ("stat", "lstat", "readlink"):
        setattr(os, name, checking(getattr(os, name)))


def run(*arguments: str) -> tuple[int, str, str]:
    """Run one command; a crash is told with its traceback."""
    from portview.__main__ import main

    written = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(one, encoding="utf-8", write_through=True) for one in written)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            sys.argv = ["portview", *arguments]
            status: object = main()
        except SystemExit as end:
            status = end.code
        except Exception:  # noqa: BLE001 - whatever it is, the test is to show it
            status = CRASHED
            traceback.print_exc()
    return int(str(status or 0)), written[0].getvalue().decode(), written[1].getvalue().decode()


def show() -> tuple[int, str, str]:
    """Show every pane without a terminal, and quit; says how many rows there were."""
    try:
        return asyncio.run(_show())
    except Exception:  # noqa: BLE001 - as in `run`
        return CRASHED, "", traceback.format_exc()


async def _show() -> tuple[int, str, str]:
    from portview.tui import run as starting
    from portview.tui.app import PortviewApp
    from portview.tui.settings import Settings
    from portview.tui.widgets.rows import Rows

    starting._driver(Settings(), slow=True)
    app = PortviewApp(starting._services(Settings(), history=False))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.5)
        await app.workers.wait_for_complete()
        await pilot.pause()
        rows = sum(len(rows.items) for rows in app.query(Rows))
        for key in "2341":
            await pilot.press(key)
        await pilot.press("q")
    return app.return_code or 0, f"{rows} rows", ""


if __name__ == "__main__":
    platform, opened, closed = sys.argv[1:]
    become(platform)
    commands = [
        "ls",
        "ls --all --json",
        f"probe 127.0.0.1 {opened}",
        f"probe 127.0.0.1 {closed}",
        f"probe localhost {opened} --json",
        f"probe 127.0.0.1 {closed} --json",
        f"probe 127.0.0.1 {closed} --udp --timeout 1 --json",
        f"scan 127.0.0.1 -p {opened},{closed} --json",
        "explain 22",
    ]
    told = {
        command.replace(opened, "OPEN").replace(closed, "CLOSED"): run(*command.split())
        for command in commands
    }
    told["screen"] = show()
    json.dump(told, sys.stdout)
