"""What is read of real processes: hostile ones, ended ones, and what is said of a pid twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from portview.sockets.proc_owners import ProcOwners
from portview.sockets.processes import Processes
from portview.sockets.records import COMMAND_LIMIT, Owner
from portview.sockets.users import user_name

RENAMED = """
import ctypes, sys
ctypes.CDLL(None).prctl(15, sys.argv[1].encode("utf-8", "surrogateescape"), 0, 0, 0)
print("ready", flush=True)
sys.stdin.read()
"""


Read = Callable[[list[int]], Mapping[int, Owner]]
"""Owners by pid; each time it is called they are read anew."""


def by_psutil() -> Read:
    return Processes().owners


def by_proc() -> Read:
    owners = ProcOwners()
    return lambda pids: owners.owners(pids, set(pids))


@pytest.fixture(params=[by_psutil, by_proc])
def read(request: pytest.FixtureRequest) -> Read:
    made: Read = request.param()
    return made


def ask(read: Read, arguments: list[bytes]) -> Owner:
    """Start a program that says when it is ready, and read it."""
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        return read([program.pid])[program.pid]


PYTHON = os.fsencode(sys.executable)


def test_this_process(read: Read) -> None:
    before = time.time()
    owner = read([os.getpid()])[os.getpid()]
    assert owner.user == user_name(os.geteuid())
    assert owner.started is not None
    assert owner.started < before
    assert owner.command is not None
    assert "pytest" in owner.command


def test_a_hostile_name_and_command_become_visible_signs(read: Read) -> None:
    owner = ask(
        read,
        [PYTHON, b"-c", RENAMED.encode(), b"[/x]\x1b[2J\n\xff", b"\x1b]52;c;eA==\x07", "\u202e".encode()],
    )
    assert owner.name == r"[/x]\x1b[2J\x0a\xff"
    assert owner.command is not None
    assert owner.command.endswith(r"'[/x]\x1b[2J\x0a\xff' \x1b]52;c;eA==\x07 \u202e")
    assert owner.command.isprintable()


def test_a_long_command_is_cut(read: Read) -> None:
    owner = ask(read, [PYTHON, b"-c", RENAMED.encode(), b"long", b"x" * 10_000])
    assert owner.command is not None
    assert len(owner.command) == COMMAND_LIMIT
    assert owner.command.endswith("x…")


def test_the_kernels_fifteen_characters_are_completed_from_the_command(read: Read, tmp_path: Path) -> None:
    program = tmp_path / "a-service-with-a-long-name"
    program.symlink_to(os.path.realpath(sys.executable))
    owner = ask(read, [os.fsencode(program), b"-c", b"print('ready', flush=True); input()"])
    assert owner.name == "a-service-with-a-long-name"


def test_the_kernels_fifteen_characters_stand_where_the_command_says_otherwise(read: Read) -> None:
    assert ask(read, [PYTHON, b"-c", RENAMED.encode(), b"kworker/u8:0-events"]).name == "kworker/u8:0-ev"


def test_the_user_is_the_effective_one(
    root: None, read: Read, forked: Callable[..., tuple[int, object]]
) -> None:
    pid, _ = forked(lambda: None, uid=65534)
    assert read([pid])[pid].user == user_name(65534)


def test_a_user_without_a_name_stays_unknown(
    root: None, read: Read, forked: Callable[..., tuple[int, object]]
) -> None:
    pid, _ = forked(lambda: None, uid=3_999_999_999)
    assert read([pid])[pid].user is None
    assert user_name(3_999_999_999) is None


def test_an_ended_process_is_left_out(read: Read) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    assert set(read([pid, os.getpid()])) == {os.getpid()}


def test_a_zombie_holds_a_socket_only_by_threads_that_live_on() -> None:
    """psutil leaves it out; who found it among the holders has seen those threads."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert by_psutil()([pid]) == {}
    owner = by_proc()([pid])[pid]
    os.waitpid(pid, 0)
    assert owner.command is None
    assert owner.name


def test_an_owner_is_read_again_only_when_asked_and_stays_the_same_object() -> None:
    owners, me = ProcOwners(), os.getpid()
    first = owners.owners([me], {me})
    assert owners.owners([me], set()) is first
    again = owners.owners([me], {me})
    assert again is first
    assert owners.owners([], set()) == {}


def test_a_stopped_process_is_told_from_one_that_runs(read: Read) -> None:
    with subprocess.Popen(["sleep", "1000"]) as program:
        try:
            assert read([program.pid])[program.pid].stopped is False
            program.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOWAIT)
            assert read([program.pid])[program.pid].stopped is True
        finally:
            program.kill()


def test_an_exec_is_seen_and_the_start_stays(read: Read) -> None:
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.read(read_end, 1)
            os.execv("/bin/sleep", ["sleep", "1000"])
        finally:
            os._exit(1)
    try:
        before = read([pid])[pid]
        os.write(write_end, b"x")
        deadline = time.monotonic() + 10
        while (after := read([pid])[pid]).command != "sleep 1000" and time.monotonic() < deadline:
            time.sleep(0.01)
        assert (after.name, after.command) == ("sleep", "sleep 1000")
        assert before.name != "sleep"
        assert after.started == before.started
    finally:
        os.close(read_end)
        os.close(write_end)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@pytest.mark.parametrize("pids", [[], [2**22 + 1]])
def test_no_processes(read: Read, pids: list[int]) -> None:
    assert read(pids) == {}
