import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portview.errors import BadInput
from portview.scan.safe_file import SafeFile


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """Let files grow no larger than that: writing on fails with EFBIG, as a full disk does with ENOSPC."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_text_reaches_the_disk_with_a_flush(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = SafeFile(path)
    file.write("one\n")
    assert path.read_text() == ""
    file.write("t\udcffwo\n")
    assert file.flush() is None
    assert path.read_text() == "one\nt\\udcffwo\n"
    file.close()


def test_a_full_disk_leaves_whole_pieces_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = SafeFile(path)
    file.write("first\n")
    assert file.flush() is None
    with full_after(10):
        file.write("second piece\n")
        assert file.flush() == "File too large"
        assert path.read_text() == "first\n"
        file.write("third\n")
        assert file.flush() == "File too large"
    assert file.flush() is None
    assert path.read_text() == "first\nsecond piece\nthird\n"
    file.close()


def test_it_goes_on_where_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("good\nhal")
    file = SafeFile(path, at=5)
    file.write("more\n")
    assert file.flush() is None
    assert path.read_text() == "good\nmore\n"
    file.close()


def test_what_the_disk_has_taken_can_be_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = SafeFile(path)
    file.write("n= 1\n")
    file.overwrite(2, " 2")  # not there yet
    assert file.flush() is None
    assert path.read_text() == "n= 1\n"
    with full_after(5):
        file.overwrite(2, "37")
        file.write("more\n")
        assert file.flush() == "File too large"
    assert path.read_text() == "n=37\n"
    file.overwrite(3, "8\nm")  # longer than what is there
    assert file.flush() is None
    assert path.read_text() == "n=37\nmore\n"
    file.close()


def test_what_cannot_be_written_is_told_before_anything_is_done(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, words in (
        (tmp_path, "Is a directory"),
        (tmp_path / "no" / "a", "No such file"),
        (Path("/dev/null"), "not a regular file"),
        (pipe, "No such device"),
    ):
        with pytest.raises(BadInput, match=words):
            SafeFile(path)
