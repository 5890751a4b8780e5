"""How commands write: JSON as UTF-8 bytes, text in the encoding of stdout."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain

_encoded = json.JSONEncoder(ensure_ascii=False).encode


def terminal_columns() -> int | None:
    """How wide the terminal is that stdout writes to; None where it is none, or does not tell."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):  # a stdout of one's own has no descriptor
        return None


def write_json(document: dict[str, object]) -> None:
    """Write one JSON document to stdout."""
    write_data(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def write_json_rows(document: dict[str, object], name: str) -> None:
    """Write one JSON document to stdout whose last entry has that name: each row a line, as it comes.

    json indents in Python, ten times as slowly as it writes a line: too slowly for thousands of rows.
    """
    rows = document[name]
    assert isinstance(rows, Iterable)
    head = (f"  {_encoded(key)}: {_encoded(value)},\n" for key, value in document.items() if key != name)
    _write_parts(chain(("{\n",), head, (f"  {_encoded(name)}: ",), _listed(rows), ("\n}\n",)))


def _listed(rows: Iterable[object]) -> Iterator[str]:
    before = "[\n"
    for row in rows:
        yield f"{before}    {_encoded(row)}"
        before = ",\n"
    yield "\n  ]" if before == ",\n" else "[]"


def write_data(text: str) -> None:
    """Write text of a data format to stdout, at once, in UTF-8 whatever the terminal has."""
    _write_parts((text,))


def _write_parts(parts: Iterable[str]) -> None:
    sys.stdout.flush()
    for part in parts:
        sys.stdout.buffer.write(part.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def write(text: str = "") -> None:
    """Write one line for people to stdout; what its encoding lacks is shown as an escape."""
    write_text(text + "\n")


def write_text(text: str) -> None:
    """Write lines for people, which end in a newline."""
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
