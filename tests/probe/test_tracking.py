"""The table of tracked connections."""

from pathlib import Path

import pytest

from portview.probe.tracking import tracked_connections


@pytest.mark.parametrize(
    ("count", "most", "found"),
    [
        ("262139\n", "262144\n", (262139, 262144)),
        ("0\n", "", None),
        ("many", "262144", None),
        (None, "9", None),
    ],
)
def test_tracked_connections(
    count: str | None, most: str, found: tuple[int, int] | None, tmp_path: Path
) -> None:
    if count is not None:
        (tmp_path / "nf_conntrack_count").write_text(count)
    (tmp_path / "nf_conntrack_max").write_text(most)
    assert tracked_connections(tmp_path) == found
