"""Tables for pipes and for terminals of any width."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.cli.table import fitting, table

HEADINGS = ("PORT", "STATE", "PROCESS", "UNIT")
ROWS = (
    ("22", "LISTEN", "sshd", "ssh.service"),
    ("53", "UNCONN", "systemd-resolve", "systemd-resolved.service"),
)
WHOLE = 4 + 2 + 6 + 2 + 15 + 2 + 24


def test_columns_are_aligned_and_numbers_to_the_right() -> None:
    assert table(HEADINGS, ROWS, ("PORT",)) == [
        "PORT  STATE   PROCESS          UNIT",
        "  22  LISTEN  sshd             ssh.service",
        "  53  UNCONN  systemd-resolve  systemd-resolved.service",
    ]


def test_a_table_without_rows_has_its_headings() -> None:
    assert table(HEADINGS, ()) == ["PORT  STATE  PROCESS  UNIT"]


@pytest.mark.parametrize("name", ["\u6570\u636e\u5e93", "e\u0301cole", "\uff57\uff45\uff42"])
def test_wide_and_combining_characters_are_counted_as_a_terminal_draws_them(name: str) -> None:
    wide, plain = table(("PROCESS", "UNIT"), ((name, "x"), ("nginx", "x")))[1:]
    assert _drawn(wide) == _drawn(plain)


def _drawn(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(bool(unicodedata.combining(character)) for character in text)


@pytest.mark.parametrize(
    ("columns", "kept"),
    [
        (WHOLE, "PORT STATE PROCESS UNIT"),
        (WHOLE - 12, "PORT STATE PROCESS UNIT"),  # the last one is cut to 12
        (WHOLE - 13, "PORT PROCESS UNIT"),
        (34, "PORT PROCESS"),
        (18, "PORT PROCESS"),
        (5, "PORT PROCESS"),
    ],
)
def test_columns_give_way_one_after_the_other(columns: int, kept: str) -> None:
    assert " ".join(fitting(HEADINGS, ROWS, ("STATE", "UNIT"), columns)) == kept


@given(st.lists(st.tuples(st.text(), st.text()), max_size=3), st.integers(1, 40))
def test_no_line_is_longer_than_the_terminal(rows: list[tuple[str, str]], columns: int) -> None:
    assert all(_drawn(line) <= columns for line in table(("A", "B"), rows, columns=columns))
