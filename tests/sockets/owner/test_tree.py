"""Real processes: parents, executables that are gone, hostile names."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from portview.sockets.owner import tree
from portview.sockets.owner.records import Process
from portview.sockets.owner.tree import ancestors, read_process, with_ancestors


def test_this_process_and_its_parents() -> None:
    known = with_ancestors([os.getpid()], {})
    me = known[os.getpid()]
    assert me.parent == os.getppid()
    assert me.executable == os.readlink("/proc/self/exe")
    assert not me.deleted
    assert me.network == os.stat("/proc/self/ns/net").st_ino
    assert me.arguments[0].endswith(Path(sys.executable).name) or "pytest" in " ".join(me.arguments)
    line = ancestors(me, known)
    assert line[0].pid == os.getppid()
    assert len({one.pid for one in line}) == len(line)


def test_what_is_known_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known = with_ancestors([os.getpid()], {})
    monkeypatch.setattr(tree, "read_process", lambda pid: pytest.fail(f"{pid} was read again"))
    assert with_ancestors([os.getpid()], known) == known


def test_a_process_goes_on_without_its_first_thread_and_ends_with_its_last() -> None:
    program = """
import ctypes, os, sys, threading, time
def live_on():
    while b"State:\tZ" not in open("/proc/self/status", "rb").read():
        time.sleep(0.01)
    print("alone", flush=True)
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=live_on).start()
ctypes.CDLL(None).pthread_exit(None)
"""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"alone\n"
        alone = read_process(process.pid)
        process.stdin.close()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        ended = read_process(process.pid)
    assert alone is not None
    assert alone.parent == os.getpid()
    assert ended is None


def test_a_binary_that_was_deleted(tmp_path: Path) -> None:
    copy = tmp_path / "my (deleted) [x]"
    shutil.copy("/bin/sleep", copy)
    with subprocess.Popen([copy, "60"]) as program:
        try:
            before = read_process(program.pid)
            copy.unlink()
            after = read_process(program.pid)
        finally:
            program.kill()
    assert before is not None
    assert after is not None
    assert (before.executable, before.deleted) == (str(copy), False)
    assert (after.executable, after.deleted) == (str(copy), True)
    assert before.name == "my (deleted) [x"  # the kernel keeps 15 letters


def test_one_that_has_ended_and_one_that_is_a_zombie_tell_nothing() -> None:
    with subprocess.Popen(["/bin/true"]) as program:
        os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)
        assert read_process(program.pid) is None
    assert read_process(program.pid) is None


def test_the_executable_of_another_user_is_unknown_and_the_rest_is_not(
    forked: Callable[..., tuple[int, object]], root: None
) -> None:
    mine = os.getpid()
    _, seen = forked(lambda: read_process(mine), 65534)
    assert isinstance(seen, Process)
    assert (seen.executable, seen.deleted, seen.network) == (None, False, None)
    assert seen.name
    assert seen.arguments


def test_a_ring_of_parents_ends() -> None:
    known = {1: Process(1, 2, "a", 1), 2: Process(2, 1, "b", 1)}
    assert [one.pid for one in ancestors(known[1], known)] == [2, 1]
