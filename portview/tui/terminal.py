"""What the terminal can show, as far as its environment tells, and how signs are spelt where it is little."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from rich.cells import cell_len

# PEP 538: Python itself sets these where the locale is C, whatever the terminal understands.
_COERCED = frozenset({"C.UTF-8", "C.utf8", "UTF-8"})

_ATTRIBUTES = re.compile(r"\x1b\[([0-9;]*)m")
_BLANKS = re.compile(r" {10,}")

_SPELT: Final = {
    "─━═╌┄": "-",
    "│┃║╎▏▕": "|",
    "┌┐└┘├┤┬┴┼╭╮╰╯╋┏┓┗┛": "+",
    "▶►→": ">",
    "◀◄←": "<",
    "↑▲": "^",
    "↓▼": "v",
    "↔": "-",
    "✓": "+",
    "●◉": "*",
    "█▓▆▇": "#",
    "✗": "x",
    "○▫": "o",
    "▪■◆": "*",
    "·░": ".",
    "▒": ":",
    "▁": "_",
    "▂": ".",
    "▃": "-",
    "▄": "=",
    "▅": "+",
    "…": "~",
    "⏸": "=",
}  # fmt: skip


class _Spelling(dict[int, str]):
    """For `str.translate`: as many cells of ASCII as the character has."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code >= 128:
            plain, width = unicodedata.normalize("NFKD", character)[0], cell_len(character)
            character = (plain if plain.isascii() else "?").ljust(width, "?")[:width]
        self[code] = character
        return character


_SPELLING: Final = _Spelling({ord(sign): plain for signs, plain in _SPELT.items() for sign in signs})


def spelt_in_ascii(text: str) -> str:
    """The same text, cell by cell, for terminals that show nothing but ASCII."""
    return text if text.isascii() else text.translate(_SPELLING)


def sparing(data: str) -> str:
    """The same picture in fewer bytes: default colours are not named, and blanks are erased (ECH, CUF).

    `data` is what Textual writes at once: it begins and ends with attributes that are reset.
    """
    parts: list[str] = []
    styled = False
    for place, part in enumerate(_ATTRIBUTES.split(data)):
        if place % 2 == 0:
            parts.append(part if styled else _BLANKS.sub(_erased, part))
            continue
        numbers = part.split(";")
        kept = numbers if {"38", "48"} & set(numbers) else [one for one in numbers if one not in ("39", "49")]
        if kept == ["0"] or not kept:
            if styled:
                parts.append("\x1b[0m")
            styled = False
        else:
            parts.append(f"\x1b[{';'.join(kept)}m")
            styled = True
    return "".join(parts)


def _erased(blanks: re.Match[str]) -> str:
    length = len(blanks[0])
    return f"\x1b[{length}X\x1b[{length}C"


def shows_unicode(environment: Mapping[str, str]) -> bool:
    """Whether the locale is of UTF-8 (locale(7)), and the terminal has more than a console's 512 glyphs."""
    if environment.get("TERM") == "linux":
        return False
    language = environment.get("LANG", "")
    category = environment.get("LC_CTYPE", "")
    if category in _COERCED and not _is_utf8(language):
        category = ""
    return _is_utf8(environment.get("LC_ALL") or category or language)


def _is_utf8(locale: str) -> bool:
    return locale.lower().replace("-", "").partition("@")[0].endswith("utf8")


def has_light_background(environment: Mapping[str, str]) -> bool:
    """Whether the terminal says so in COLORFGBG, as rxvt, Konsole and others do: `0;15`."""
    return environment.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
