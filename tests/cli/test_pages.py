"""Explanations on terminals of any width, with colour and without."""

import re

import pytest

from tests.cli.conftest import on_terminal

STYLE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("columns", [30, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal_but_those_to_be_copied(columns: int) -> None:
    said = STYLE.sub("", on_terminal("stdout", ("explain", "refused"), columns))
    lines = [line for line in said.splitlines() if not line.startswith("  $ ")]
    longest = max(map(len, lines))
    assert min(columns, 100) - 15 < longest <= min(columns, 100)


def test_only_what_has_a_style_is_styled() -> None:
    lines = on_terminal("stdout", ("explain", "22"), 80).splitlines()
    assert lines[0] == "\x1b[1mPort 22: ssh\x1b[0m"
    assert all(line.count("\x1b[0m") <= line.count("\x1b[1m") + line.count("\x1b[3") for line in lines)


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False), ({}, True)],
)
def test_colour_is_left_out_where_that_is_asked_for(environment: dict[str, str], is_coloured: bool) -> None:
    said = on_terminal("stdout", ("explain", "refused"), 80, b"", **{"NO_COLOR": "", **environment})
    assert ("\x1b" in said) is is_coloured
