"""A scan's own file: its journal while it runs, and the document that was asked for in the end."""

import os
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path

from portview.errors import BadInput
from portview.scan import journal
from portview.scan.formats.as_jsonl import JsonLinesWriter
from portview.scan.formats.choice import ENDINGS, Format, writer_of
from portview.scan.formats.writer import Writer
from portview.scan.plan import Manner, Plan
from portview.scan.records import PortResult, ScanHost
from portview.scan.reports import HostReport, Totals
from portview.scan.safe_file import SafeFile
from portview.scan.said import Heard, Said
from portview.text import clean

_SHOWN = 60
_AS_USUAL = Manner()


def journal_of(path: Path, format_: Format) -> Path:
    """Where a scan into `path` keeps its journal: JSON Lines are one themselves."""
    return path if format_ is Format.JSONL else path.with_name(path.name + ".part")


def resuming(path: Path, format_: Format) -> str:
    """The options that go on with a scan kept in `path`."""
    form = "" if ENDINGS.get(path.suffix.lower()) is format_ else f" --{format_}"
    return f"--resume {clean(shlex.quote(str(path)))}{form}"


class Keeper(Writer):
    """Writes a file while the scan runs; a full disk is told, and waited out.

    The document takes its place in one step at the end. The journal goes when nothing is left to ask.
    """

    def __init__(
        self,
        path: Path,
        format_: Format,
        command: str,
        *,
        manner: Manner = _AS_USUAL,
        kept: journal.Kept | None = None,
        anew: bool = False,
        tell: Callable[[str], None],
    ) -> None:
        """Make the files; raises BadInput when that cannot be done.

        `kept` is the journal to go on with; without one, an unfinished scan in its place is given up
        only where it is begun `anew`.
        """
        super().__init__(lambda _: None, command)
        self._path = Path(os.path.realpath(path))
        # Of a path that cannot be looked at, pathlib would raise; what is wrong is told where it is opened.
        if os.path.exists(path) and not os.path.isfile(path):
            raise BadInput(f"cannot write to {clean(str(path), _SHOWN)}: not a regular file")
        self._manner = manner
        self._kept = kept
        self._earlier_s = kept.elapsed_s if kept else 0.0
        self._tell = tell
        self._shown = clean(str(path), _SHOWN)
        self._resuming = resuming(path, format_)
        self._is_full = False
        place = journal_of(self._path, format_)
        if kept is None and not anew and self._is_unfinished(place):
            raise BadInput(
                f"an unfinished scan is in {clean(place.name, _SHOWN)}:"
                f" {self._resuming} goes on with it, --yes begins anew"
            )
        self._journal = SafeFile(place, at=kept.good_bytes if kept else 0)
        self._lines = JsonLinesWriter(self._journal.write)
        self._file: SafeFile | None = None
        self._document: Writer | None = None
        if format_ is not Format.JSONL:
            self._file = SafeFile(self._path.with_name(self._path.name + ".new"))
            self._document = writer_of(format_, self._file.write, command)

    def begin(self, plan: Plan, started: str) -> None:
        """Write down what was asked for."""
        if self._kept is None:
            self._journal.write(journal.header(plan, self._manner, started, 0.0))
        if self._document:
            self._document.begin(plan, started)
            self._replay(self._document, plan, self._kept.earlier if self._kept else ())
        self.flush(self._earlier_s or 0.0)

    def port(self, result: PortResult, host: ScanHost, said: Said | None) -> None:
        """A port is done."""
        self._lines.port(result, host, said)
        if self._document:
            self._document.port(result, host, said)

    def host(self, report: HostReport) -> None:
        """A host is done."""
        if self._document:
            self._document.host(report)

    def flush(self, elapsed_s: float) -> None:
        """Give the disk what there is; say once when it takes no more, and once when it does again.

        `elapsed_s` is how long the scan has taken so far, with its earlier parts.
        """
        files = [self._journal, *([self._file] if self._file else [])]
        trouble = next((why for why in [file.flush() for file in files] if why), None)
        if trouble and not self._is_full:
            self._tell(f"cannot write to {self._shown}: {trouble}; the scan goes on, and so do the attempts")
        elif self._is_full and not trouble:
            self._tell(self._words_of_relief)
        self._is_full = trouble is not None
        if self._earlier_s is not None:
            self._journal.overwrite(*journal.clock(elapsed_s))

    def end(self, totals: Totals) -> None:
        """Put the document in its place, and say how to go on where something is missing in it."""
        if self._document:
            self._document.end(totals)
        self.flush(totals.elapsed_s)
        self._journal.close()
        if self._file:
            self._file.close()
            if self.is_written:
                os.replace(self._file.path, self._path)
            else:
                self._file.path.unlink(missing_ok=True)
        can_go_on = self._journal.size > 0
        if not self.is_written:
            some = "some of " if can_go_on and not self._file else ""
            self._tell(f"{some}the result is not in {self._shown}")
        elif self._is_full:  # the journal alone is short of something
            self._tell(self._words_of_relief)
        is_needed = not (self.is_written and totals.is_complete)
        if can_go_on and is_needed:
            self._tell(f"to go on: portview scan {self._resuming}")
        elif self._file or not can_go_on:
            self._journal.path.unlink(missing_ok=True)

    @property
    def is_written(self) -> bool:
        """Whether the disk has taken all that was asked for; the journal of a document counts for nothing."""
        return (self._file or self._journal).is_whole

    @property
    def _words_of_relief(self) -> str:
        return f"{self._shown} can be written again: nothing is missing in it"

    def _is_unfinished(self, place: Path) -> bool:
        """Whether a journal is there whose results are in no document yet."""
        if place == self._path:
            return journal.is_unfinished(place)
        return os.path.exists(place) and os.path.getsize(place) > 0

    @staticmethod
    def _replay(document: Writer, plan: Plan, earlier: Iterable[Heard]) -> None:
        for heard in earlier:
            document.port(heard.result, plan.by_address[heard.result.address], heard.said)
