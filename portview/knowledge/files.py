"""Where the data files are, and the error of a broken one.

Without pathlib, whose import would cost a quick knock two milliseconds.
"""

import os

_ROOT = os.path.dirname(__file__)


class KnowledgeError(Exception):
    """A data file is missing or malformed; the message names the file and the key or line."""


def path_of(*parts: str) -> str:
    """The path of a data file or a folder of them."""
    return os.path.join(_ROOT, *parts)


def toml_files(*folder: str) -> list[str]:
    """The paths of a folder's TOML files, sorted; empty when there is no such folder."""
    try:
        names = sorted(os.listdir(path_of(*folder)))
    except FileNotFoundError:
        return []
    return [path_of(*folder, name) for name in names if name.endswith(".toml")]


def stem(path: str) -> str:
    """A file's name without folder and ending."""
    return os.path.splitext(os.path.basename(path))[0]
