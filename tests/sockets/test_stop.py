"""Signals to real processes, and only to the one that was shown."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from portview.sockets import stop
from portview.sockets.owner.records import Process
from portview.sockets.owner.tree import read_process
from portview.sockets.stop import Done, Result
from portview.sockets.stop_plan import Step, Way

WAITING = "import signal, sys; print(1, flush=True); sys.stdin.read()"
STUBBORN = WAITING.replace("print", "signal.signal(signal.SIGTERM, signal.SIG_IGN); print")
Started = tuple[subprocess.Popen[bytes], Process]
Start = Callable[..., Started]


def do(step: Step, *, wait_s: float = 3.0) -> Done:
    return stop.do(step, threading.Event(), wait_s=wait_s)


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(code)` runs a program until the end of the test and tells how it is known."""
    running: list[subprocess.Popen[bytes]] = []

    def run(code: str = WAITING) -> Started:
        program = subprocess.Popen(
            [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        running.append(program)
        assert program.stdout is not None
        assert program.stdout.readline() == b"1\n"
        process = read_process(program.pid)
        assert process is not None
        return program, process

    yield run
    for program in running:
        with program:
            program.kill()


def test_term_ends_a_process_that_lets_itself_be_ended(start: Start) -> None:
    program, process = start()
    assert do(Step(Way.TERM, process=process)).result is Result.ENDED
    assert program.wait(10) == -signal.SIGTERM


def test_a_program_with_a_thousand_files_open_can_wait_for_the_end(start: Start) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4096:
        pytest.skip("no more than 1,024 files may be open")
    program, process = start()
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1024):
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        assert do(Step(Way.TERM, process=process)).result is Result.ENDED
    assert program.wait(10) == -signal.SIGTERM


def test_one_that_refuses_is_still_there_and_kill_is_a_second_step(start: Start) -> None:
    program, process = start(STUBBORN)
    assert do(Step(Way.TERM, process=process), wait_s=0.1).result is Result.SENT
    assert program.poll() is None
    assert do(Step(Way.KILL, process=process)).result is Result.ENDED
    assert program.wait(10) == -signal.SIGKILL


def test_a_stopped_one_goes_on_and_then_lets_itself_be_ended(start: Start) -> None:
    program, process = start()
    program.send_signal(signal.SIGSTOP)
    assert os.waitpid(program.pid, os.WUNTRACED)[0] == program.pid
    assert do(Step(Way.TERM, process=process), wait_s=0.1).result is Result.SENT
    assert do(Step(Way.CONT, process=process)).result is Result.GOES_ON
    assert program.wait(10) == -signal.SIGTERM


def test_another_process_with_that_pid_gets_nothing(start: Start) -> None:
    program, process = start()
    shown = replace(process, started_ticks=process.started_ticks - 1)
    assert do(Step(Way.KILL, process=shown)).result is Result.ANOTHER
    assert program.poll() is None


def test_one_that_has_ended_is_gone(start: Start) -> None:
    program, process = start()
    program.kill()
    program.wait(10)
    assert do(Step(Way.TERM, process=process)).result is Result.GONE


def test_a_zombie_is_gone(start: Start) -> None:
    program, process = start()
    program.kill()
    assert program.stdout is not None
    program.stdout.read()  # it has ended when its output has
    while read_process(program.pid) is not None:
        pass
    assert do(Step(Way.TERM, process=process)).result is Result.GONE


def test_without_the_right_nothing_happens(
    start: Start, forked: Callable[..., tuple[int, object]], root: None
) -> None:
    program, process = start()
    _, result = forked(lambda: do(Step(Way.TERM, process=process)).result, 65534)
    assert result is Result.NOT_ALLOWED
    assert program.poll() is None


@pytest.mark.parametrize(
    ("command", "done"),
    [
        (("/bin/true",), Done(Result.DONE)),
        (("/bin/false",), Done(Result.FAILED, "exit status 1")),
        (("/no/such",), Done(Result.FAILED, "/no/such: No such file or directory")),
        (("/bin/sh", "-c", "printf 'a\\n\\033[2Jb' >&2; exit 3"), Done(Result.FAILED, r"a \x1b[2Jb")),
    ],
)
def test_a_command_says_how_it_went(command: tuple[str, ...], done: Done) -> None:
    assert do(Step(Way.UNIT, command)) == done


def test_whoever_leaves_does_not_wait(start: Start) -> None:
    program, process = start(STUBBORN)
    left = threading.Event()
    left.set()
    before = time.monotonic()
    assert stop.do(Step(Way.TERM, process=process), left, wait_s=50).result is Result.SENT
    assert stop.do(Step(Way.UNIT, ("/bin/sleep", "50")), left).result is Result.LEFT
    assert time.monotonic() - before < 30
    assert program.poll() is None
