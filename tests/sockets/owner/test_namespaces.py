"""Other network namespaces: with a real one, by its process and by its name."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from portview.sockets.owner import namespaces
from portview.sockets.owner.namespaces import other_namespaces
from portview.sockets.owner.records import Process

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET of unshare(2)


def _leave() -> int:
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "unshare")
    return os.stat("/proc/self/ns/net").st_ino


def test_a_process_in_another_namespace_is_named(
    forked: Callable[..., tuple[int, object]], root: None
) -> None:
    pid, inode = forked(_leave)
    [found] = [one for one in other_namespaces({}) if one.inode == inode]
    assert found.pid == pid
    assert f"(pid {pid})" in found.name


@pytest.mark.parametrize(
    ("process", "name"),
    [
        (Process(1, None, "systemd", 1), "this machine's own (pid 1)"),
        (Process(2, None, "kthreadd", 1), "this machine's own (pid 2)"),
        (Process(3, 2, "kthreadd", 1), "kthreadd (pid 3)"),
        (Process(70, 1, "nginx", 1), "nginx (pid 70)"),
        (None, "pid 70"),
    ],
)
def test_the_machine_s_own_namespace_is_called_so(
    process: Process | None, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namespaces, "read_process", lambda _: process)
    assert namespaces._called(process.pid if process else 70, {}) == name


def test_a_namespace_with_a_name_has_that(
    forked: Callable[..., tuple[int, object]], root: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid, inode = forked(_leave)
    (tmp_path / "blue\x1b").symlink_to(f"/proc/{pid}/ns/net")
    monkeypatch.setattr(namespaces, "_NAMED", tmp_path)
    [found] = [one for one in other_namespaces({}) if one.inode == inode]
    assert found.name == r"blue\x1b"


def test_a_name_whose_namespace_is_mounted_elsewhere_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "left"
    left.touch()
    monkeypatch.setattr(namespaces, "_NAMED", tmp_path)
    assert left.stat().st_ino not in [one.inode for one in other_namespaces({})]


def test_an_ordinary_user_is_not_told_of_what_they_may_not_see(
    forked: Callable[..., tuple[int, object]], root: None
) -> None:
    _, inode = forked(_leave)
    _, seen = forked(lambda: [one.inode for one in other_namespaces({})], 65534)
    assert isinstance(seen, list)
    assert inode not in seen
