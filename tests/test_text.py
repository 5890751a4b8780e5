"""Foreign text made safe to show."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.text import clean, clean_bytes

_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Every character there is, lone surrogates included.
_ANY = st.text(st.one_of(st.characters(), st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("nginx: master process", "nginx: master process"),
        ("Straße 北京 ✓", "Straße 北京 ✓"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]52;c;Y3VybA==\x07", r"\x1b]52;c;Y3VybA==\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\x00b\nc\rd\te\x7f", r"a\x00b\x0ac\x0dd\x09e\x7f"),
        ("user\u202egpj.exe", r"user\u202egpj.exe"),
        ("\u2066x\u2069\u200b\ufeff", r"\u2066x\u2069\u200b\ufeff"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("\udc80\ud800", r"\udc80\ud800"),
        ("\ue000", r"\ue000"),
        ("\U000e0041", r"\U000e0041"),
        ("soft\xadhyphen", r"soft\xadhyphen"),
        ("[bold]not markup[/]", "[bold]not markup[/]"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"", ""),
        (b"SSH-2.0-OpenSSH_9.6", "SSH-2.0-OpenSSH_9.6"),
        ("Grüße".encode(), "Grüße"),
        (b"\xff\xfe\x00", r"\xff\xfe\x00"),
        (b"\xc3", r"\xc3"),
        (b"\xed\xa0\x80", r"\xed\xa0\x80"),
        (b"220 ok\r\n", r"220 ok\x0d\x0a"),
        (b"\xe2\x80\xae", r"\u202e"),
    ],
)
def test_clean_bytes(data: bytes, shown: str) -> None:
    assert clean_bytes(data) == shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("abcdef", 1, "…"),
        ("\x1bbcdef", 5, r"\x1b…"),
        ("", 0, ""),
    ],
)
def test_limit(text: str, limit: int, shown: str) -> None:
    assert clean(text, limit) == shown


@given(_ANY)
def test_nothing_unsafe_is_left(text: str) -> None:
    shown = clean(text)
    assert not {unicodedata.category(character) for character in shown} & _UNSAFE
    assert clean(shown) == shown


@given(_ANY, st.integers(1, 50))
def test_the_limit_is_kept(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert shown == clean(text) or shown.endswith("…")


@given(st.binary())
def test_any_bytes_can_be_shown(data: bytes) -> None:
    shown = clean_bytes(data)
    assert shown == clean(shown)
