"""What every format has in common: it hears of ports or of hosts as they are done, and writes text."""

from collections.abc import Callable

from portview.scan.plan import Plan
from portview.scan.records import PortResult, ScanHost
from portview.scan.reports import HostReport, Totals
from portview.scan.said import Said

Write = Callable[[str], object]
"""Takes text that ends in a newline."""


class Writer:
    """One document; a format overrides what it needs.

    `command` is the command line for the formats that name it. The calls come in this order: `begin`
    once, `port` and `host` as they are done, `end` once.
    """

    def __init__(self, write: Write, command: str = "portview scan") -> None:
        self.write = write
        self.command = command

    def begin(self, plan: Plan, started: str) -> None:
        """The scan starts now; `started` is ISO 8601 with a zone."""

    def port(self, result: PortResult, host: ScanHost, said: Said | None) -> None:
        """A port is done, with its words where they were asked for."""

    def host(self, report: HostReport) -> None:
        """A host is done."""

    def end(self, totals: Totals) -> None:
        """All is done, or cut short."""
