from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portview.errors import BadInput
from portview.scan.formats.choice import Format, format_of
from portview.scan.formats.whole import export

if TYPE_CHECKING:
    from tests.scan.formats.conftest import Whole


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.json", Format.JSON),
        ("a.b.XML", Format.XML),
        ("a.ndjson", Format.JSONL),
        ("a.gnmap", Format.GREPABLE),
    ],
)
def test_the_ending_names_the_format(name: str, form: Format) -> None:
    assert format_of(Path(name)) is form


@pytest.mark.parametrize("name", ["scan", "scan.doc", "\x1b[2J.pdf"])
def test_an_ending_that_means_nothing_is_told_in_one_line(name: str) -> None:
    with pytest.raises(BadInput, match="does not end in") as caught:
        format_of(Path(name))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("form", Format)
def test_a_scan_is_exported_as_it_would_have_been_written(rich: Whole, form: Format, tmp_path: Path) -> None:
    file = tmp_path / f"scan.{'gnmap' if form is Format.GREPABLE else form}"
    export(str(file), rich.plan, rich.reports, rich.totals)
    rich.command = "portview scan"
    assert file.read_text(encoding="utf-8") == rich.write(form)


def test_no_file_is_written_over_and_no_folder_is_made(rich: Whole, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    for name in (there, tmp_path / "no" / "such.csv"):
        with pytest.raises(BadInput, match="cannot write to"):
            export(str(name), rich.plan, rich.reports, rich.totals)
    assert there.read_text() == "mine"
