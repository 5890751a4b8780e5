"""One finished port a row, as it comes (RFC 4180, but for the line ends, which are the system's own)."""

import csv
import io

from portview.knowledge.services import service_name
from portview.scan.formats.writer import Writer
from portview.scan.plan import Plan
from portview.scan.records import PortResult, ScanHost
from portview.scan.said import Said

_COLUMNS = (
    *("address", "name", "port", "protocol", "state", "reason", "sender", "icmp_type", "icmp_code"),
    *("rtt_ms", "tries", "loss", "service", "said"),
)


# A spreadsheet takes a cell that begins so for a formula and runs it (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@")


class CsvWriter(Writer):
    """A row of titles, then the ports; what is unknown is empty."""

    def begin(self, plan: Plan, started: str) -> None:
        """The titles."""
        self._row(_COLUMNS)

    def port(self, result: PortResult, host: ScanHost, said: Said | None) -> None:
        """One row."""
        self._row(
            (
                *(result.address, host.name, result.port, result.protocol, result.state, result.reason),
                *(result.sender, result.icmp_type, result.icmp_code),
                None if result.rtt_ms is None else round(result.rtt_ms, 3),
                *(result.tries, None if result.loss is None else round(result.loss, 4)),
                service_name(result.port, result.protocol),
                _as_text(said.in_short) if said else None,
            )
        )

    def _row(self, cells: tuple[object, ...]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        self.write(text.getvalue())


def _as_text(words: str) -> str:
    """The words of a peer, which no spreadsheet is to run."""
    return f"'{words}" if words.startswith(_FORMULA) else words
