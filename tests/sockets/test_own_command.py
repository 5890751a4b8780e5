"""The command to type again must be one that root's shell finds."""

import sys
from pathlib import Path

import pytest

from portview.sockets import own_command as module
from portview.sockets.own_command import as_root, own_command


def _executable(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / "portview"
    program.touch(0o755)
    return program


def test_a_program_that_sudo_does_not_find_is_named_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _executable(tmp_path / "a b")
    monkeypatch.setattr(module, "_SUDO_PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert own_command("ls", ":80") == f"'{program}' ls :80"
    monkeypatch.chdir(tmp_path / "a b")
    monkeypatch.setattr(sys, "argv", ["./portview"])
    assert as_root("ls") == f"sudo '{program}' ls"


def test_one_that_it_finds_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SUDO_PATH", str(_executable(tmp_path / "bin").parent))
    monkeypatch.setattr(sys, "argv", ["/elsewhere/portview"])
    assert as_root("ls") == "sudo portview ls"


@pytest.mark.parametrize(
    ("started", "command"),
    [("/x/portview/__main__.py", f"{sys.executable} -m portview ls"), ("/x/__main__.py", "portview ls")],
)
def test_a_module_is_started_by_its_python(
    started: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SUDO_PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [started])
    assert own_command("ls") == command
