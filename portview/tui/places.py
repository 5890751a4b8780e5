"""Where the screen keeps its files, and how it writes them: whole or not at all, for this user alone."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("portview", appauthor=False)


def settings_file() -> Path:
    """What the user writes: ~/.config/portview/config.toml."""
    return _DIRS.user_config_path / "config.toml"


def data_folder() -> Path:
    """What is worth keeping, past knocks: ~/.local/share/portview."""
    return _DIRS.user_data_path


def state_folder() -> Path:
    """What may be lost, the views last chosen and the text last copied: ~/.local/state/portview."""
    return _DIRS.user_state_path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a fresh file to write to that becomes `path` when all went well; raises OSError.

    Readers see the old content or the new, never half of it; only the user may read either.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield fresh
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
