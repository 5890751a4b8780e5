"""Talk: what is said to the person beside the data, always on stderr."""

import os
import sys

_CLEAR_LINE = "\r\x1b[K"
_USUAL_COLUMNS = 80


def is_watched() -> bool:
    """Whether somebody sees stderr: only then is progress worth telling."""
    return sys.stderr is not None and sys.stderr.isatty()


def tell(text: str) -> None:
    """Say one line."""
    _write(f"{text}\n")


def show_status(text: str) -> None:
    """Replace the status line, an empty text takes it away; silent where nobody watches or no line can go."""
    if is_watched() and os.environ.get("TERM") != "dumb":
        _write(_CLEAR_LINE + text[: _columns() - 1])


def _columns() -> int:
    try:  # stdout, which shutil asks, may be a file
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_COLUMNS
    except OSError:
        return _USUAL_COLUMNS


def _write(text: str) -> None:
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:  # nobody hears it, and the data is worth no less for that
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
