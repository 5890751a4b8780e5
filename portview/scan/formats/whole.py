"""A scan that is over, written to a new file."""

from collections.abc import Iterable
from pathlib import Path

from portview.errors import BadInput
from portview.scan.formats.choice import format_of, writer_of
from portview.scan.plan import Plan
from portview.scan.reports import HostReport, Totals
from portview.text import clean


def export(name: str, plan: Plan, reports: Iterable[HostReport], totals: Totals) -> None:
    """Write a file that does not exist yet, in the format of its ending; raises BadInput."""
    path = Path(name).expanduser()
    form = format_of(path)
    try:
        with path.open("x", encoding="utf-8", errors="backslashreplace", newline="") as file:
            writer = writer_of(form, file.write)
            writer.begin(plan, totals.started)
            for report in reports:
                for result in report.results:
                    writer.port(result, report.host, report.words_of(result))
                writer.host(report)
            writer.end(totals)
    except OSError as error:
        raise BadInput(f"cannot write to {clean(name, 60)}: {error.strerror}") from None
