"""JSON written by rows: the same document, laid out for people and for speed."""

import json
from typing import Any

import pytest

from portview.cli.output import write_json_rows


@pytest.mark.parametrize("rows", [[], [{"a": [1, "\u202e"]}], [{"a": {"b": None}}, {"c": "line\nline"}]])
def test_the_document_is_the_same_and_each_row_a_line(
    capfdbinary: pytest.CaptureFixture[bytes], rows: list[Any]
) -> None:
    document = {"schema": 1, "hidden": {"count": 0}, "others": [1, 2], "rows": rows}
    write_json_rows({**document, "rows": iter(rows)}, "rows")
    written = capfdbinary.readouterr().out
    assert json.loads(written) == document
    lines = written.decode().splitlines()
    assert [json.loads(line.strip().removesuffix(",")) for line in lines if line.startswith("    ")] == rows
