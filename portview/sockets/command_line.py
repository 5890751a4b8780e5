"""Command lines as people read and type them."""

import shlex
from collections.abc import Sequence


def in_one_line(arguments: Sequence[str]) -> str:
    """Arguments as a shell takes them, as far as white space goes; a lone one is a title, and stays."""
    told = [one for one in arguments if one]
    if len(told) < 2:
        return "".join(told)
    return " ".join(shlex.quote(one) if len(one.split()) > 1 else one for one in told)
