"""What is left out of a list: in lists of ports and of targets alike, what follows a `!`."""

import re

_LEFT_OUT = re.compile(r"[,\s]*!\s*([^,\s]+)")


def apart(text: str) -> tuple[str, list[str]]:
    """What is wanted, and the items that are left out: `1-1000,!22` is `1-1000` and `22`."""
    left_out = _LEFT_OUT.findall(text)
    return (_LEFT_OUT.sub("", text).lstrip(", "), left_out) if left_out else (text, [])
