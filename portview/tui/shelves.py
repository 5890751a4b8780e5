"""What is kept from one start to the next: past knocks, and past scans."""

from pathlib import Path
from typing import TYPE_CHECKING

from portview.tui.shelf import Shelf

if TYPE_CHECKING:
    from portview.diagnose.saved import SavedKnock
    from portview.scan.past import FinishedScan, PastScan

MOST_KNOCKS_KEPT, MOST_KNOCK_BYTES = 200, 16 * 1024**2
MOST_SCANS_KEPT, MOST_SCAN_BYTES = 100, 64 * 1024**2
"""The oldest go first."""


def _read_knock(path: Path) -> "SavedKnock":
    from portview.diagnose.saved import read

    return read(path)


def _write_knock(path: Path, saved: "SavedKnock") -> None:
    from portview.diagnose.saved import write

    write(path, saved)


def knocks_in(folder: Path | None) -> "Shelf[SavedKnock, SavedKnock]":
    """The past knocks kept in a folder, in files that `portview explain --from` reads, too."""
    return Shelf(folder, MOST_KNOCKS_KEPT, _write_knock, _read_knock, most_bytes=MOST_KNOCK_BYTES)


def _read_scan(path: Path) -> "PastScan":
    from portview.scan.past import read_short

    return read_short(path)


def _write_scan(path: Path, scan: "FinishedScan") -> None:
    from portview.scan.past import write

    write(path, scan)


def scans_in(folder: Path | None) -> "Shelf[FinishedScan, PastScan]":
    """The past scans kept in a folder, in files that `portview scan --resume` goes on with, too."""
    return Shelf(
        folder, MOST_SCANS_KEPT, _write_scan, _read_scan, most_bytes=MOST_SCAN_BYTES, ending=".jsonl"
    )
