"""What is said on stderr while a command runs, at a terminal and where nobody can hear it."""

import re
import shlex
import subprocess
import sys

import pytest

from portview.cli.scan_desk import time_span
from tests.cli.conftest import on_terminal

COMMAND = (sys.executable, "-m", "portview")

SLOW = ("scan", "127.0.0.1", "-p", "1-20", "--rate", "10")


def test_progress_stays_in_one_line_of_a_narrow_terminal() -> None:
    said = on_terminal("stderr", SLOW, 40)
    lines = [line for line in said.partition("Scanning")[2].split("\r\x1b[K")[1:] if line]
    assert len(lines) > 5
    assert max(map(len, lines)) < 40
    assert all(re.match(r" *[0-9]+ %  ", line) for line in lines)
    assert any(re.search(r"%  [0-9] s to go  (?:[a-z]+ [0-9]+  )+[0-9]+ of 20  ", line) for line in lines)


def test_a_look_up_that_may_take_its_time_is_told() -> None:
    said = on_terminal("stderr", SLOW, 80)
    assert said.index("\r\x1b[Klooking up the targets\r\x1b[K") < said.index("Scanning 1 host")


def test_a_terminal_that_cannot_clear_a_line_gets_no_progress() -> None:
    said = on_terminal("stderr", SLOW, 80, TERM="dumb")
    assert "Scanning 1 host" in said
    assert "\x1b" not in said


def test_a_question_that_is_not_answered_ends_its_line() -> None:
    said = on_terminal("stderr", ("scan", "127.0.0.0/16", "-p", "1-100"), 80, b"\x04")
    assert said.endswith("[y/N]: \r\nportview: interrupted\r\n")


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
def test_talk_that_cannot_be_written_costs_no_data(redirection: str) -> None:
    command = shlex.join([*COMMAND, "ls", "no-such-socket", "--tcp"])
    done = subprocess.run(
        ["sh", "-c", f"{command} {redirection}"], stdout=subprocess.PIPE, timeout=30, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"PORT ")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (119.0, "119 s"),
        (120.0, "2 min"),
        (7199.0, "120 min"),
        (7200.0, "2 h"),
        (9e5, "10 days"),
    ],
)
def test_a_time_span_has_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert time_span(seconds) == words
