"""What went wrong inside portview, for the file that --log names."""

import logging
from pathlib import Path
from typing import Final

LOG: Final = logging.getLogger("portview")
LOG.addHandler(logging.NullHandler())
LOG.propagate = False


def log_to(path: Path) -> None:
    """Append to this file from now on; raises OSError."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)


def log_file() -> str | None:
    """Where the log is written, None where nobody asked for one."""
    return next(
        (handler.baseFilename for handler in LOG.handlers if isinstance(handler, logging.FileHandler)), None
    )
