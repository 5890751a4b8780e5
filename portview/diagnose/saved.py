"""A knock in a file: what was seen, kept to be diagnosed again, here or on a colleague's machine.

The file is JSON: `schema`, the `portview` that wrote it, the `observation`, and the `listeners` of
this machine that had the target's port, null where none were read.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from portview import __version__
from portview.errors import BadInput
from portview.probe import archive
from portview.probe.records import Observation
from portview.sockets.records import LocalSocket
from portview.text import clean

SCHEMA = 1
_MAX_FILE = 4 * 1024 * 1024  # bytes
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class SavedKnock:
    """All that a diagnosis rests on."""

    observation: Observation
    listeners: tuple[LocalSocket, ...] | None = None


def write(path: Path, knock: SavedKnock) -> None:
    """Keep a knock; raises OSError.

    Only what the diagnosis needs: files are passed on, and command lines can hold passwords.
    """
    target = knock.observation.target
    listeners = knock.listeners and tuple(
        replace(listener, owners=tuple(replace(owner, command=None) for owner in listener.owners))
        for listener in knock.listeners
        if (listener.port, listener.protocol) == (target.port, target.protocol)
    )
    document = {
        "schema": SCHEMA,
        "portview": __version__,
        "observation": archive.dump(knock.observation),
        "listeners": archive.dump(listeners),
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="ascii")


def read(path: Path) -> SavedKnock:
    """Read a knock back. Raises BadInput when the file cannot be read or holds no knock."""
    shown = clean(str(path), _SHOWN)
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise BadInput(f"cannot read {shown}: {error.strerror}") from None
    if len(data) > _MAX_FILE:
        raise BadInput(f"{shown} is not a saved knock: it is over {_MAX_FILE // 1024**2} MiB long")
    try:
        # A nesting that no saved knock has exhausts the reader's stack.
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput(f"{shown} is not a saved knock: it is not JSON") from None
    return _knock(document, shown)


def _knock(document: object, shown: str) -> SavedKnock:
    if not isinstance(document, dict) or not isinstance(document.get("schema"), int):
        raise BadInput(f"{shown} is not a saved knock: use a file that portview probe --save wrote")
    if "causes" in document and "observation" not in document:
        raise BadInput(
            f"{shown} is not a saved knock: it is the output of probe --json; --save keeps a knock"
        )
    if document["schema"] != SCHEMA or "observation" not in document:
        raise BadInput(f"{shown} is no saved knock of schema {SCHEMA}, which is what this portview reads")
    try:
        fields = {name: value for name, value in document.items() if name not in ("schema", "portview")}
        return archive.load(SavedKnock, fields)
    except archive.ArchiveError as error:
        raise BadInput(f"{shown} is not a saved knock: {error}") from None
