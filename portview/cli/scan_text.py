"""A scan as text for people: host by host, open ports first, and how far it can be believed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from portview.cli.table import table
from portview.knowledge.load import phrases
from portview.knowledge.services import service_name, services
from portview.knowledge.template import fill
from portview.scan.formats.writer import Write, Writer
from portview.scan.plan import Plan
from portview.scan.ports import LAST_PORT
from portview.scan.ranges import PortRange, findings
from portview.scan.records import HostVerdict, PortResult, Reason, ScanHost
from portview.scan.reports import HostReport, Totals
from portview.scan.sampling import INTERVAL_S
from portview.vocabulary import Protocol, State

# Verdicts that leave nothing to say of single ports.
_TELLS_ALL = frozenset({HostVerdict.OFF, HostVerdict.NOT_SENT})
_MOST_NAMED = 4
_HEADINGS = ("PORTS", "STATE", "REASON", "SERVICE")


@dataclass
class _Section:
    """What is said of `count` neighbouring addresses."""

    lines: Sequence[str]
    first: ScanHost
    last: ScanHost
    count: int = 1

    @property
    def heading(self) -> str:
        if self.count > 1:
            return f"{self.first.address}-{self.last.address} ({self.count} addresses alike)"
        return f"{self.first.name} ({self.first.address})" if self.first.name else self.first.address

    def is_true_of(self, report: HostReport, lines: Sequence[str]) -> bool:
        """Whether a host without a name has the next address, and the same is to be said of it."""
        if self.last.name or report.host.name:
            return False
        (one, zone), (other, its) = _placed(self.last.address), _placed(report.address)
        if (one.version, zone) != (other.version, its) or int(other) - int(one) != 1:
            return False
        if report.verdict is not HostVerdict.NOT_SENT:
            return lines == self.lines
        # The command that tells more names one of them.
        return lines == [
            line.replace(f" {self.first.address} ", f" {report.address} ") for line in self.lines
        ]


class TextWriter(Writer):
    """A section for each host as it is done, then one line about the whole.

    Neighbouring addresses of which the same is to be said share a section: most of a network are off.
    """

    def __init__(self, write: Write, only_top: int | None = None) -> None:
        """`only_top` is how many ports were chosen by their rank, None: they were named."""
        super().__init__(write)
        self._only_top = only_top
        self._plan = Plan((), {})
        self._section: _Section | None = None

    def begin(self, plan: Plan, started: str) -> None:
        """Keep what was asked for: neighbours are ports with no other asked between them."""
        self._plan = plan

    def host(self, report: HostReport) -> None:
        """One section, or one more address for the section before, which ends with another host."""
        lines = self._lines_of(report)
        if self._section and self._section.is_true_of(report, lines):
            self._section.last = report.host
            self._section.count += 1
        else:
            self._end_section()
            self._section = _Section(lines, report.host, report.host)

    def _end_section(self) -> None:
        if self._section:
            self.write("\n".join((self._section.heading, *self._section.lines, "", "")))
        self._section = None

    def _lines_of(self, report: HostReport) -> list[str]:
        lines = []
        lines += [f"  {said}" for said in _said(report)]
        if report.was_skipped:
            lines.append(f"  skipped: {len(report.results)} of {_count(report.requested)} done")
        if report.verdict not in _TELLS_ALL:
            for protocol, ports in self._plan.ports.items():
                results = [one for one in report.results if one.protocol is protocol]
                lines += ["  " + line for line in _ports(results, ports, report, protocol)]
            lines += [f"  {note}" for note in (*_own(report), *_hints(report))]
        return lines

    def end(self, totals: Totals) -> None:
        """One line, and what was not asked."""
        self._end_section()
        short = "" if totals.is_complete else f" ({_shortage(totals)})"
        self.write(f"{_count(totals.done)} in {totals.elapsed_s:.1f} s{short}\n")
        if self._only_top and self._only_top < LAST_PORT:
            self.write(fill(phrases("scan")["hint"]["top"], {"ports": _count(self._only_top)}) + "\n")


def _shortage(totals: Totals) -> str:
    if totals.cancelled and totals.done == totals.requested:
        return "interrupted before all had spoken"
    return f"{'interrupted' if totals.cancelled else 'incomplete'}: {totals.done} of {totals.requested}"


def _placed(address: str) -> tuple[IPv4Address | IPv6Address, str]:
    plain, _, zone = address.partition("%")
    return ip_address(plain), zone


def _said(report: HostReport) -> Iterator[str]:
    """What is said of the whole address: its verdict, and how far its silence can be believed."""
    words = phrases("scan")["host"]
    if not report.results:
        if not report.was_skipped:
            yield words["unfinished"]
        return
    if report.verdict is HostVerdict.NOT_SENT:
        first, why = min(report.results, key=lambda one: one.port), phrases("scan")["not_sent"]
        udp = "--udp " if first.protocol is Protocol.UDP else ""
        yield why.get(first.reason, why["other"])
        yield f"portview probe {udp}{first.address} {first.port} tells more"
        return
    if report.verdict not in (None, HostVerdict.UP):
        yield phrases("scan")["verdict"][report.verdict]
    facts = report.facts
    if facts and facts.loss is not None and facts.loss >= 0.0005:
        yield fill(words["loss"], {"loss": f"{facts.loss:.1%}"})
    if facts and facts.sampled:
        silent = _count(facts.sampled, "silent port")
        yield fill(words["sampled"], {"rejected": str(facts.rejected), "sampled": silent})


def _ports(
    results: Sequence[PortResult], asked: Sequence[int], report: HostReport, protocol: Protocol
) -> list[str]:
    by_port = {one.port: one for one in results}
    found = findings(results, asked)
    rows = [_row(each, by_port, report) for each in found if each.state is not State.CLOSED]
    lines = table(_HEADINGS, rows) if rows else []
    if closed := sum(each.count for each in found if each.state is State.CLOSED):
        udp = " (UDP)" if protocol is Protocol.UDP else ""
        lines.append(f"{_count(closed)} closed{udp}: each knock was refused")
    return lines


def _own(report: HostReport) -> Iterator[str]:
    """Why a program of this machine itself was not reached."""
    if any(one.reason is Reason.NO_RESPONSE for one in report.results):
        from portview.diagnose.scanned import held_in_silence  # most scans need no diagnosis

        for result, cause in held_in_silence(report.results, report.host):
            values = {"port": f"{result.port}/{result.protocol}", "cause": cause}
            yield fill(phrases("scan")["hint"]["held_here"], values)


def _hints(report: HostReport) -> Iterator[str]:
    """How the ports that are undecided could be decided."""
    if undecided := _undecided(report):
        minutes = max(1, round(undecided * INTERVAL_S / 60))
        values = {"ports": _count(undecided), "minutes": str(minutes)}
        yield fill(phrases("scan")["hint"]["confirm_all"], values)


def _undecided(report: HostReport) -> int:
    """How many silent ports may be rejected (TCP) or closed (UDP): some like them were, asked slowly."""
    silent = Counter((one.protocol, one.reason) for one in report.results)
    limited_udp = silent[Protocol.UDP, Reason.RATE_LIMITED]
    facts = report.facts
    if not (facts and facts.rejected):
        return limited_udp
    # Those that stayed silent even then are decided.
    return limited_udp + max(0, silent[Protocol.TCP, Reason.NO_RESPONSE] - facts.sampled + facts.rejected)


def _row(found: PortRange, by_port: Mapping[int, PortResult], report: HostReport) -> tuple[str, ...]:
    first = by_port[found.first]
    ports = f"{found.label}/{first.protocol}"
    if found.count > 1:
        return (f"{ports} ({found.extent})", found.state.value, _reason(found, first), _names(found, by_port))
    what = service_name(found.first, first.protocol) or "-"
    said = report.words_of(first)
    if said and said.in_short:
        what = f"{what}  {said.in_short}"
    return (ports, found.state.value, _reason(found, first), what)


def _names(found: PortRange, by_port: Mapping[int, PortResult]) -> str:
    """The services whose ports are in a range: a few, or else how many."""
    protocol = by_port[found.first].protocol
    names = [
        service.name
        for (port, its), service in services().items()
        if its is protocol and found.first <= port <= found.last and port in by_port
    ]
    return f"{len(names)} services" if len(names) > _MOST_NAMED else " ".join(names) or "-"


def _reason(found: PortRange, first: PortResult) -> str:
    """The reason, and for silence how often it was asked."""
    if found.reason is Reason.NO_RESPONSE:
        tries = "1 try" if first.tries == 1 else f"{first.tries} tries"
        loss = f", {first.loss:.0%} loss" if first.loss else ""
        return f"{found.reason.value} ({tries}{loss})"
    withheld = f" ({found.withheld} rate-limited)" if found.withheld else ""
    return found.reason.value + (f" from {found.sender}" if found.sender else "") + withheld


def _count(number: int, noun: str = "port") -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
