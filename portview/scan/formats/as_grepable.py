"""One line a host, in the words of `nmap -oG`: made for grep and awk."""

from collections.abc import Iterator

from portview import __version__
from portview.knowledge.services import service_name
from portview.scan.formats.writer import Writer
from portview.scan.plan import Plan
from portview.scan.reports import HostReport, Totals


class GrepableWriter(Writer):
    """`Host: 192.0.2.7 (nas.lan)  Ports: 22/open/tcp//ssh///  Ignored State: closed (998)`, tabs between."""

    def begin(self, plan: Plan, started: str) -> None:
        """A comment that says what follows."""
        self.write(f"# portview {__version__} scan initiated {started} as: {self.command}\n")

    def host(self, report: HostReport) -> None:
        """One line."""
        fields = [f"Host: {report.address} ({report.host.name or ''})"]
        if ports := ", ".join(_ports(report)):
            fields.append(f"Ports: {ports}")
        for protocol, state in report.left_out.items():
            count = sum(one.state is state and one.protocol is protocol for one in report.results)
            fields.append(f"Ignored State: {state} ({count})")
        if report.verdict:
            fields.append(f"Verdict: {report.verdict}")
        self.write("\t".join(fields) + "\n")

    def end(self, totals: Totals) -> None:
        """A comment that says how it ended."""
        end = "" if totals.is_complete else ", incomplete"
        self.write(f"# {totals.done} of {totals.requested} ports done in {totals.elapsed_s:.2f} s{end}\n")


def _ports(report: HostReport) -> Iterator[str]:
    for one in report.listed:
        said = report.words_of(one)
        service = service_name(one.port, one.protocol) or ""
        # A slash parts the fields of a port, a comma and a space the ports.
        words = said.in_short.replace("/", "|").replace(",", "") if said else ""
        yield f"{one.port}/{one.state}/{one.protocol}//{service}//{words}/"
