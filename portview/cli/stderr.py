"""Talk: what is said to the person beside the data, always on stderr."""

import sys

_CLEAR_LINE = "\r\x1b[K"


def is_watched() -> bool:
    """Whether somebody sees stderr: only then is progress worth telling."""
    return sys.stderr is not None and sys.stderr.isatty()


def tell(text: str) -> None:
    """Say one line."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def show_status(text: str) -> None:
    """Replace the status line; an empty text takes it away. Silent unless watched."""
    if is_watched():
        import shutil  # most commands show no status

        columns = shutil.get_terminal_size((80, 24)).columns
        sys.stderr.write(_CLEAR_LINE + text[: columns - 1])
        sys.stderr.flush()
