"""Doing one step of a stop plan: through a pidfd to exactly the process that was shown.

A pid names a process only until it ends; a pidfd (pidfd_open(2)) names it for ever. The start time is
compared after the pidfd was opened, so that the process cannot be another one by then.
"""

import errno
import os
import select
import signal
import subprocess
import sys
import threading
import time
from enum import StrEnum
from typing import NamedTuple

from portview.sockets.owner.records import Process
from portview.sockets.owner.tree import read_process
from portview.sockets.stop_plan import SIGNALS, Step
from portview.text import clean

_STEP_S = 0.2
"""How long it takes at most until `cancel` is seen."""
_ERROR_LIMIT = 300


class Result(StrEnum):
    """How a step ended; also the key of its sentence."""

    SENT = "sent"
    ENDED = "ended"
    GOES_ON = "goes_on"
    GONE = "gone"
    ANOTHER = "another"
    NOT_ALLOWED = "not_allowed"
    DONE = "done"
    LEFT = "left"
    FAILED = "failed"


class Done(NamedTuple):
    """The result of a step and, where a command failed, what it said."""

    result: Result
    said: str = ""


def do(step: Step, cancel: threading.Event, *, wait_s: float = 3.0) -> Done:
    """Do a step; after a signal wait so long for the end of the process. Blocks.

    `cancel` ends the waiting. What a command has asked of systemd or of a runtime goes on there.
    """
    if step.process is not None:
        number = signal.Signals[f"SIG{SIGNALS[step.way]}"]
        return _signal(step.process, number, cancel, wait_s)
    return _run(step.command, cancel)


def _signal(process: Process, number: signal.Signals, cancel: threading.Event, wait_s: float) -> Done:
    if sys.platform != "linux":  # elsewhere nothing names a process for ever, and no plan says to signal one
        return Done(Result.FAILED, os.strerror(errno.ENOSYS))
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return Done(Result.GONE)
    except OSError as error:
        return Done(Result.FAILED, error.strerror or "")
    try:
        now = read_process(process.pid)
        if now is None:
            return Done(Result.GONE)
        if now.started_ticks != process.started_ticks:
            return Done(Result.ANOTHER)
        signal.pidfd_send_signal(descriptor, number)
        if number == signal.SIGCONT:
            return Done(Result.GOES_ON)
        return Done(Result.ENDED if _ended(descriptor, cancel, wait_s) else Result.SENT)
    except PermissionError:
        return Done(Result.NOT_ALLOWED)
    except ProcessLookupError:
        return Done(Result.GONE)
    finally:
        os.close(descriptor)


def _ended(descriptor: int, cancel: threading.Event, wait_s: float) -> bool:
    """Wait for the end of a process, at which its pidfd becomes readable."""
    if sys.platform != "linux":
        return False
    until = time.monotonic() + wait_s
    poll = select.poll()  # select(2) knows no descriptor above 1023, and a scan may hold those below
    poll.register(descriptor, select.POLLIN)
    while not cancel.is_set():
        left = until - time.monotonic()
        if poll.poll(1000 * max(min(left, _STEP_S), 0)):
            return True
        if left <= 0:
            break
    return False


def _run(command: tuple[str, ...], cancel: threading.Event) -> Done:
    """Run a command by its words; no shell sees them."""
    try:
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as error:
        return Done(Result.FAILED, f"{command[0]}: {error.strerror}")
    with program:
        while program.returncode is None:
            try:
                printed = program.communicate(timeout=_STEP_S)[0]
            except subprocess.TimeoutExpired:
                if cancel.is_set():
                    program.terminate()
                    return Done(Result.LEFT)
    if not program.returncode:
        return Done(Result.DONE)
    said = " ".join(printed.decode("utf-8", "backslashreplace").split())
    return Done(Result.FAILED, clean(said, _ERROR_LIMIT) or f"exit status {program.returncode}")
