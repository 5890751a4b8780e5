import os
from pathlib import Path

import pytest

from portview.diagnose.saved import SavedKnock
from portview.probe.records import Attempt, Observation, Resolution, Target
from portview.tui.shelf import Shelf
from portview.tui.shelves import knocks_in
from portview.vocabulary import Family, Outcome


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def saved(port: int) -> SavedKnock:
    attempt = Attempt("192.0.2.7", Family.IPV4, port, Outcome.REFUSED, 0.4, errno="ECONNREFUSED")
    return SavedKnock(Observation(Target("nas.lan", port), Resolution("nas.lan", ("192.0.2.7",)), (attempt,)))


def test_the_newest_come_first_and_the_oldest_go(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "new", 3, write, read, most_bytes=10)
    for word in "abcde":
        shelf.keep(word)
    assert shelf.records() == ["e", "d", "c"]
    assert len(list((tmp_path / "new").iterdir())) == 3


def test_what_is_kept_is_the_newest_though_the_clock_was_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path, 3, write, read, most_bytes=10)
    for word, time_ns in zip("abcdef", (500, 600, 700, 100, 100, 800), strict=True):
        monkeypatch.setattr("time.time_ns", lambda time_ns=time_ns: time_ns)
        shelf.keep(word)
    assert shelf.records() == ["f", "e", "d"]


def test_without_a_folder_nothing_is_kept() -> None:
    shelf = Shelf(None, 3, write, read, most_bytes=10)
    shelf.keep("a")
    assert shelf.records() == []


def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    Shelf(tmp_path / "new", 3, write, read, most_bytes=10).keep("a")
    (file,) = (tmp_path / "new").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_what_could_not_be_written_whole_is_not_there(tmp_path: Path) -> None:
    def half(path: Path, text: str) -> None:
        path.write_text(text[:1])
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        Shelf(tmp_path, 3, half, read, most_bytes=10).keep("abc")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_or_foreign_file_costs_only_itself(tmp_path: Path) -> None:
    shelf = knocks_in(tmp_path)
    shelf.keep(saved(445))
    (tmp_path / "99999999999999999998.json").write_bytes(b"\x00" * 100)
    (tmp_path / "99999999999999999999.json").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    os.symlink(tmp_path / "nowhere", tmp_path / "99999999999999999997.json")
    shelf.keep(saved(22))
    assert [knock.observation.target.port for knock in shelf.records()] == [22, 445]
    assert (tmp_path / "notes.txt").exists()


def test_a_folder_that_cannot_be_one_has_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert knocks_in(tmp_path / "file").records() == []
