"""Foreign text made safe to show.

Process names, command lines, banners and DNS answers are hostile: they can carry escape sequences
that write to the clipboard, bidi marks that reorder a line, or newlines that fake a second row.
Everything of that kind enters portview through this module and leaves it as visible signs.
"""

import unicodedata

# Cc control, Cf format (bidi marks, zero-width), Cs lone surrogates, Co private use,
# Cn unassigned, Zl and Zp line breaks. Plain spaces (Zs) are kept.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def clean(text: str, limit: int | None = None) -> str:
    r"""Return `text` as one printable line; unsafe characters become `\x1b`-like signs.

    `limit` is a number of characters; what is longer ends in an ellipsis.
    """
    if not text.isprintable():
        text = "".join(map(_visible, text))
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"
    return text


def clean_bytes(data: bytes, limit: int | None = None) -> str:
    r"""Decode bytes from a peer as UTF-8 and clean them; invalid bytes become `\xff`-like signs."""
    return clean(data.decode("utf-8", "backslashreplace"), limit)
