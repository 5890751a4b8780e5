"""A scan as text for people: host by host, open ports first, and how far it can be believed."""

from collections.abc import Iterator, Mapping, Sequence

from portview.cli.table import table
from portview.knowledge.load import phrases
from portview.knowledge.services import service_name, services
from portview.knowledge.template import fill
from portview.scan.formats.writer import Write, Writer
from portview.scan.plan import Plan
from portview.scan.ports import LAST_PORT
from portview.scan.ranges import PortRange, findings
from portview.scan.records import HostVerdict, PortResult, Reason
from portview.scan.reports import HostReport, Totals
from portview.scan.sampling import INTERVAL_S
from portview.vocabulary import Protocol, State

# Verdicts that leave nothing to say of single ports.
_TELLS_ALL = frozenset({HostVerdict.OFF, HostVerdict.NOT_SENT})
_MOST_NAMED = 4
_HEADINGS = ("PORTS", "STATE", "REASON", "SERVICE")


class TextWriter(Writer):
    """A section for each host as it is done, then one line about the whole."""

    def __init__(self, write: Write, only_top: int | None = None) -> None:
        """`only_top` is how many ports were chosen by their rank, None: they were named."""
        super().__init__(write)
        self._only_top = only_top
        self._plan = Plan((), {})

    def begin(self, plan: Plan, started: str) -> None:
        """Keep what was asked for: neighbours are ports with no other asked between them."""
        self._plan = plan

    def host(self, report: HostReport) -> None:
        """One section."""
        name = report.host.name
        lines = [f"{name} ({report.address})" if name else report.address]
        if said := _said(report):
            lines.append(f"  {said}")
        if report.was_skipped:
            lines.append(f"  skipped: {len(report.results)} of {_count(report.requested)} done")
        if report.verdict not in _TELLS_ALL:
            for protocol, ports in self._plan.ports.items():
                results = [one for one in report.results if one.protocol is protocol]
                lines += ["  " + line for line in _ports(results, ports, report, protocol)]
            lines += [f"  {note}" for note in (*_own(report), *_hints(report))]
        self.write("\n".join((*lines, "", "")))

    def end(self, totals: Totals) -> None:
        """One line, and what was not asked."""
        cut = "interrupted" if totals.cancelled else "incomplete"
        short = "" if totals.is_complete else f" ({cut}: {totals.done} of {totals.requested})"
        self.write(f"{_count(totals.done)} in {totals.elapsed_s:.1f} s{short}\n")
        if self._only_top and self._only_top < LAST_PORT:
            self.write(fill(phrases("scan")["hint"]["top"], {"ports": _count(self._only_top)}) + "\n")


def _said(report: HostReport) -> str | None:
    """The line about the whole address: its verdict, and how far its silence can be believed."""
    words = phrases("scan")["host"]
    if not report.results:
        return None if report.was_skipped else words["unfinished"]
    if report.verdict is HostVerdict.NOT_SENT:
        first, why = min(report.results, key=lambda one: one.port), phrases("scan")["not_sent"]
        udp = "--udp " if first.protocol is Protocol.UDP else ""
        more = f"portview probe {udp}{first.address} {first.port}"
        return f"{why.get(first.reason, why['other'])}; {more} tells more"
    parts = []
    if report.verdict not in (None, HostVerdict.UP):
        parts.append(phrases("scan")["verdict"][report.verdict])
    facts = report.facts
    if facts and facts.loss is not None and facts.loss >= 0.0005:
        parts.append(fill(words["loss"], {"loss": f"{facts.loss:.1%}"}))
    if facts and facts.sampled:
        values = {"rejected": str(facts.rejected), "sampled": str(facts.sampled)}
        parts.append(fill(words["sampled"], values))
    return "; ".join(parts) or None


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
    """How the UDP ports that are undecided could be decided."""
    undecided = sum(
        one.reason is Reason.RATE_LIMITED for one in report.results if one.protocol is Protocol.UDP
    )
    if undecided:
        minutes = max(1, round(undecided * INTERVAL_S / 60))
        values = {"ports": _count(undecided), "minutes": str(minutes)}
        yield fill(phrases("scan")["hint"]["confirm_all"], values)


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
    """The services whose ports are in a range: the first few, and how many more."""
    protocol = by_port[found.first].protocol
    names = [
        service.name
        for (port, its), service in services().items()
        if its is protocol and found.first <= port <= found.last and port in by_port
    ]
    more = f" (+{len(names) - _MOST_NAMED})" if len(names) > _MOST_NAMED else ""
    return (" ".join(names[:_MOST_NAMED]) or "-") + more


def _reason(found: PortRange, first: PortResult) -> str:
    """The reason, and for silence how often it was asked."""
    if found.reason is Reason.NO_RESPONSE:
        tries = "1 try" if first.tries == 1 else f"{first.tries} tries"
        loss = f", {first.loss:.0%} loss" if first.loss else ""
        return f"{found.reason.value} ({tries}{loss})"
    withheld = f" ({found.withheld} rate-limited)" if found.withheld else ""
    return found.reason.value + (f" from {found.sender}" if found.sender else "") + withheld


def _count(ports: int) -> str:
    return "1 port" if ports == 1 else f"{ports} ports"
