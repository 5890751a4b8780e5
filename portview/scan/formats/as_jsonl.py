"""One finished port a line, as it comes: the contract of `scan --jsonl`."""

import json

from portview.scan.document import line
from portview.scan.formats.writer import Writer
from portview.scan.records import PortResult, ScanHost
from portview.scan.said import Said


class JsonLinesWriter(Writer):
    """Each line is a JSON document of its own."""

    def port(self, result: PortResult, host: ScanHost, said: Said | None) -> None:
        """One line."""
        self.write(json.dumps(line(result, host, said), ensure_ascii=False) + "\n")
