"""Files of /proc, read at once: hundreds of them make up a snapshot, and io's layers cost more than they."""

import os

_LIMIT = 64 * 1024


def read(path: str) -> bytes | None:
    """What a file holds, up to 64 KiB; None for a process that has ended or may not be read."""
    try:
        opened = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.read(opened, _LIMIT)
    except OSError:
        return None
    finally:
        os.close(opened)
