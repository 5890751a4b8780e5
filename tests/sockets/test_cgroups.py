"""Real cgroups, made for the test where that is allowed."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from portview.sockets.cgroups import Cgroups

NAME = f"portview-test-{os.getpid()}"


@pytest.fixture
def made() -> Iterator[Path]:
    """A cgroup with one below it."""
    mounted = re.search(r"^(?:\S+ ){4}(\S+) .* - cgroup2 ", Path("/proc/self/mountinfo").read_text(), re.M)
    if mounted is None or not os.access(mounted[1], os.W_OK):
        pytest.skip("no cgroup of version 2 that can be written")
    outer = Path(mounted[1], NAME)
    inner = outer / "inner.scope"
    inner.mkdir(parents=True)
    yield inner
    inner.rmdir()
    outer.rmdir()


def test_a_path_is_found_by_its_id(made: Path) -> None:
    inner, outer, top = (each.stat().st_ino for each in (made, made.parent, made.parent.parent))
    paths = Cgroups().paths({inner, outer, top})
    assert paths[inner] == f"/{NAME}/inner.scope"
    assert paths[outer] == f"/{NAME}"
    assert paths[top] == "/"


def test_a_cgroup_made_later_is_found_and_one_never_made_is_left_out(made: Path) -> None:
    cgroups = Cgroups()
    never = 2**60
    assert never not in cgroups.paths({never})
    later = made.parent / "later"
    later.mkdir()
    try:
        number = later.stat().st_ino
        assert cgroups.paths({number, never})[number] == f"/{NAME}/later"
    finally:
        later.rmdir()


def test_the_tree_is_not_walked_again_for_what_was_sought_before(made: Path) -> None:
    cgroups = Cgroups()
    wanted = {made.stat().st_ino, 2**60}
    assert cgroups.paths(wanted) is cgroups.paths(wanted)
