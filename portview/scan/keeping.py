"""A scan's own file: its journal while it runs, and the document that was asked for in the end."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from portview.errors import BadInput
from portview.scan import journal
from portview.scan.formats.as_jsonl import JsonLinesWriter
from portview.scan.formats.choice import Format, writer_of
from portview.scan.formats.writer import Writer
from portview.scan.plan import Plan
from portview.scan.records import PortResult, ScanHost
from portview.scan.reports import HostReport, Totals
from portview.scan.safe_file import SafeFile
from portview.scan.said import Heard, Said
from portview.text import clean

_SHOWN = 60


def journal_of(path: Path, format_: Format) -> Path:
    """Where a scan into `path` keeps its journal: JSON Lines are one themselves."""
    return path if format_ is Format.JSONL else path.with_name(path.name + ".part")


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
        talk: bool = False,
        kept: journal.Kept | None = None,
        tell: Callable[[str], None],
    ) -> None:
        """Make the files; raises BadInput when that cannot be done. `kept` is the journal to go on with."""
        super().__init__(lambda _: None, command)
        self._path = Path(os.path.realpath(path))
        if self._path.exists() and not self._path.is_file():
            raise BadInput(f"cannot write to {clean(str(path), _SHOWN)}: not a regular file")
        self._talk = talk
        self._kept = kept
        self._tell = tell
        self._shown = clean(str(path), _SHOWN)
        self._is_full = False
        self._journal = SafeFile(journal_of(self._path, format_), at=kept.good_bytes if kept else 0)
        self._lines = JsonLinesWriter(self._journal.write)
        self._file: SafeFile | None = None
        self._document: Writer | None = None
        if format_ is not Format.JSONL:
            self._file = SafeFile(self._path.with_name(self._path.name + ".new"))
            self._document = writer_of(format_, self._file.write, command)

    def begin(self, plan: Plan, started: str) -> None:
        """Write down what was asked for."""
        if self._kept is None:
            self._journal.write(journal.header(plan, talk=self._talk))
        if self._document:
            self._document.begin(plan, started)
            self._replay(self._document, plan, self._kept.earlier if self._kept else ())
        self.flush()

    def port(self, result: PortResult, host: ScanHost, said: Said | None) -> None:
        """A port is done."""
        self._lines.port(result, host, said)
        if self._document:
            self._document.port(result, host, said)

    def host(self, report: HostReport) -> None:
        """A host is done."""
        if self._document:
            self._document.host(report)

    def flush(self) -> None:
        """Give the disk what there is; say once when it takes no more, and once when it does again."""
        files = [self._journal, *([self._file] if self._file else [])]
        trouble = next((why for why in [file.flush() for file in files] if why), None)
        if trouble and not self._is_full:
            self._tell(f"cannot write to {self._shown}: {trouble}; the scan goes on, and so do the attempts")
        elif self._is_full and not trouble:
            self._tell(f"{self._shown} can be written again: nothing is missing in it")
        self._is_full = trouble is not None

    def end(self, totals: Totals) -> None:
        """Put the document in its place."""
        if self._document:
            self._document.end(totals)
        self.flush()
        self._journal.close()
        if self._file is None:
            return
        self._file.close()
        if self._is_full:
            self._file.path.unlink(missing_ok=True)
            return
        os.replace(self._file.path, self._path)
        if totals.is_complete:
            self._journal.path.unlink(missing_ok=True)

    @property
    def is_written(self) -> bool:
        """Whether the disk has taken all."""
        return not self._is_full

    @staticmethod
    def _replay(document: Writer, plan: Plan, earlier: Iterable[Heard]) -> None:
        for heard in earlier:
            document.port(heard.result, plan.by_address[heard.result.address], heard.said)
