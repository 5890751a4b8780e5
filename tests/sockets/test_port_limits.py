"""The kernel's settings, against sysctl's own files."""

from pathlib import Path

import pytest

from portview.sockets import port_limits as module
from portview.sockets.kinds import ephemeral_range
from portview.sockets.port_limits import port_limits

SETTINGS = Path("/proc/sys/net/ipv4")


def test_limits_are_what_the_kernel_says() -> None:
    limits = port_limits()
    assert limits.ephemeral == ephemeral_range()
    assert str(limits.unprivileged_start) == (SETTINGS / "ip_unprivileged_port_start").read_text().strip()
    assert limits.reserved == (SETTINGS / "ip_local_reserved_ports").read_text().strip()


@pytest.mark.parametrize(("text", "start"), [("80\n", 80), ("", None), ("-1", None), (None, None)])
def test_what_cannot_be_read_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, start: int | None
) -> None:
    monkeypatch.setattr(module, "_SETTINGS", tmp_path)
    if text is not None:
        (tmp_path / "ip_unprivileged_port_start").write_text(text)
    limits = port_limits()
    assert (limits.unprivileged_start, limits.reserved) == (start, None)
