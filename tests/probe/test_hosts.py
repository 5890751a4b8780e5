"""The hosts file's text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.probe.hosts import addresses_in, lookup

_TEXT = """
# 192.0.2.1 commented
127.0.0.1\tlocalhost localhost.localdomain
::1 localhost
192.0.2.7   nas.lan NAS  # 192.0.2.8 nas.lan
2001:DB8:0::7 nas.lan
192.0.2.7 nas.lan
not-an-address nas.lan
192.0.2.9
fe80::1%lo linklocal
192.0.2.10 last"""


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("localhost", ("127.0.0.1", "::1")),
        ("nas.lan", ("192.0.2.7", "2001:db8::7")),
        ("NAS.LAN.", ("192.0.2.7", "2001:db8::7")),
        ("nas", ("192.0.2.7",)),
        ("commented", ()),
        ("192.0.2.9", ()),
        ("linklocal", ("fe80::1%lo",)),
        ("last", ("192.0.2.10",)),
        ("", ()),
        ("lan", ()),
    ],
)
def test_addresses_in(name: str, addresses: tuple[str, ...]) -> None:
    assert addresses_in(_TEXT, name) == addresses


@given(st.text(max_size=200), st.text(max_size=20))
def test_any_text_is_read(text: str, name: str) -> None:
    assert all("." in address or ":" in address for address in addresses_in(text, name))


def test_windows_keeps_it_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    kept = tmp_path / "System32/drivers/etc/hosts"
    kept.parent.mkdir(parents=True)
    kept.write_text("192.0.2.7 nas\r\n")
    assert lookup("nas") == ("192.0.2.7",)
