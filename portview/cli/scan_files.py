"""The files that `portview scan` reads: lists of targets, and scans to go on with."""

import os
import sys
from pathlib import Path

from portview.cli.stderr import tell
from portview.errors import BadInput
from portview.scan import journal
from portview.scan.formats.choice import Format
from portview.scan.keeping import journal_of
from portview.scan.targets import look_up
from portview.text import clean

_MAX_LIST = 16 * 1024 * 1024
_SHOWN = 60


def read_text(name: str) -> str:
    """A text file, `-` for stdin; raises BadInput."""
    shown = clean(name, _SHOWN)
    if name == "-" and sys.stdin is None:
        raise BadInput("cannot read targets from stdin: it is closed")
    try:
        with sys.stdin.buffer if name == "-" else open(name, "rb") as file:
            data = file.read(_MAX_LIST + 1)
    except OSError as error:
        raise BadInput(f"cannot read {shown}: {error.strerror}") from None
    if len(data) > _MAX_LIST:
        raise BadInput(f"{shown} is no list of targets: it is over {_MAX_LIST // 1024**2} MiB long")
    return data.decode("utf-8", "replace")


def read_kept(path: Path, kept_as: Format, targets: tuple[str, ...]) -> journal.Kept:
    """The scan that `-o` has kept; raises BadInput when it is none, or none of these targets."""
    kept = journal.read(_existing_journal(path, kept_as))
    if targets:
        asked = {host.address for host in look_up(targets).hosts}
        if asked != set(kept.plan.by_address):
            hosts = ", ".join(host.name or host.address for host in kept.plan.hosts[:3])
            raise BadInput(f"{clean(str(path), _SHOWN)} is a scan of {hosts}, not of what is named here")
    if kept.is_cut:
        tell(f"portview: the last line of {clean(str(path), _SHOWN)} is cut off: that port is asked again")
    return kept


def _existing_journal(path: Path, kept_as: Format) -> Path:
    """The journal to go on with; raises BadInput where the scan is through."""
    kept_in = journal_of(path, kept_as)
    if kept_in != path and os.path.exists(path) and not os.path.exists(kept_in):
        raise BadInput(f"{clean(str(path), _SHOWN)} has nothing to resume: {kept_in.name} is not beside it")
    return kept_in
