"""A scan while it runs: what is shown of it, what is kept of it, and how it ends."""

import signal
import threading
from typing import TYPE_CHECKING

from portview.cli import output
from portview.cli.app import EXIT_CANNOT_WRITE, EXIT_INTERRUPTED
from portview.cli.stderr import show_status, tell
from portview.scan.formats.writer import Writer
from portview.scan.plan import Plan
from portview.scan.records import Batch, Progress
from portview.scan.reports import HostReport
from portview.scan.said import Heard
from portview.scan.session import Session
from portview.vocabulary import State

if TYPE_CHECKING:
    from portview.scan.keeping import Keeper


class PatientOutput:
    """Writes text to stdout. That nobody takes it is told when the scan is over, not before.

    For scans that are kept in a file: `| head` is no reason to lose that.
    """

    def __init__(self) -> None:
        self._trouble: OSError | None = None

    def write(self, text: str) -> None:
        """Write text, or nothing once that has failed."""
        try:
            if not self._trouble:
                output.write_text(text)
        except OSError as error:
            self._trouble = error

    def tell_trouble(self) -> None:
        """Raise the OSError with which writing has failed."""
        if self._trouble:
            raise self._trouble


class Desk:
    """Hands everything on to the writers; open ports wait there until they have spoken."""

    def __init__(self, screen: Writer, keeper: "Keeper | None", plan: Plan, *, holds: bool) -> None:
        self.keeper = keeper
        self.writers = [*([keeper] if keeper else []), screen]
        self._plan = plan
        self._holds = holds

    def on_batch(self, batch: Batch) -> None:
        """Write what is final; show how far it is."""
        for result in batch.results:
            if not (self._holds and result.state is State.OPEN):
                self._write(Heard(result, None))
        if self.keeper:
            self.keeper.flush(batch.progress.elapsed_s)
        _show_progress(batch.progress)

    def on_heard(self, heard: Heard) -> None:
        """Write a port that has spoken."""
        self._write(heard)

    def on_host(self, report: HostReport) -> None:
        """Write a host."""
        show_status("")
        for writer in self.writers:
            writer.host(report)

    def _write(self, heard: Heard) -> None:
        host = self._plan.by_address[heard.result.address]
        for writer in self.writers:
            writer.port(heard.result, host, heard.said)


def run(session: Session, desk: Desk) -> int:
    """Run to the end, or until Ctrl-C, which keeps what is there."""
    cancel = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: cancel.set())
    for writer in desk.writers:
        writer.begin(session.plan, session.started)
    try:
        totals = session.run(desk, cancel)
    finally:
        signal.signal(signal.SIGINT, before)
        show_status("")
    for writer in reversed(desk.writers):  # the file has the last word: how to go on
        writer.end(totals)
    if totals.gave_up:
        tell(f"portview: given up, this machine has no more to scan with: {totals.gave_up}")
    if desk.keeper and not desk.keeper.is_written:
        return EXIT_CANNOT_WRITE
    return EXIT_INTERRUPTED if totals.cancelled else 0


def _show_progress(progress: Progress) -> None:
    """The line ends where the terminal does: what is wanted most comes first."""
    parts = (
        f"{100 * progress.done // max(progress.total, 1):3d} %",
        f"no answer from {', '.join(progress.lost[:2])}: waiting for it" if progress.lost else "",
        f"{time_span(progress.eta_s)} to go" if progress.eta_s is not None else "",
        "sparing the router, see --rate" if progress.is_held else "",
        f"{progress.sampling} asked again slowly" if progress.sampling else "",
        *(f"{state.value} {progress.counts[state]}" for state in State if progress.counts.get(state)),
        f"{progress.done} of {progress.total}",
        f"{progress.rate_per_s:.0f}/s",
        f"{progress.in_flight} waiting",
    )
    show_status("  ".join(filter(None, parts)))


def time_span(seconds: float) -> str:
    """A time span in the unit that suits it."""
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
