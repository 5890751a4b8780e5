"""`portview scan`: many knocks, live progress on stderr, results on stdout."""

import signal
import threading
from collections.abc import Callable, Sequence

import click

from portview.cli import output
from portview.cli.stderr import show_status, tell
from portview.cli.table import table
from portview.errors import BadInput
from portview.knowledge.load import phrases
from portview.knowledge.services import service_name
from portview.scan.document import document, line
from portview.scan.ports import parse_ports, top_ports
from portview.scan.ranges import PortRange, findings
from portview.scan.records import Batch, HostVerdict, PortResult, Progress, ScanReport
from portview.scan.scanner import Scan
from portview.scan.targets import Targets, look_up
from portview.vocabulary import Protocol, State

_DEFAULT_TOP = 1000
_EXIT_INTERRUPTED = 130
# Verdicts that leave nothing to say of single ports.
_TELLS_ALL = frozenset({HostVerdict.OFF, HostVerdict.NOT_SENT})
_HEADINGS = ("PORTS", "STATE", "REASON", "SERVICE")


@click.command("scan", short_help="Knock on many ports of one host or several.")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("-p", "--ports", "spec", metavar="SPEC", help="Ports: 22,80,1-1000  60000-  -  (all)  https.")
@click.option("--top", type=int, metavar="N", help=f"The N ports most often open [default: {_DEFAULT_TOP}].")
@click.option("--udp", is_flag=True, help="UDP instead of TCP.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout at the end.")
@click.option("--jsonl", "as_lines", is_flag=True, help="One finished port a line on stdout, as it comes.")
def command(
    targets: tuple[str, ...],
    spec: str | None,
    top: int | None,
    udp: bool,
    as_json: bool,
    as_lines: bool,
) -> int:
    """Knock on many ports and say which are open, closed or filtered, and by what.

    Ctrl-C ends the scan and shows what was found so far.
    """
    if as_json and as_lines:
        raise BadInput("--json and --jsonl exclude each other")
    protocol = Protocol.UDP if udp else Protocol.TCP
    ports = _ports(spec, top, protocol)
    found = _look_up(targets, silently=as_json)
    names = {host.address: host for host in found.hosts}
    cancel = threading.Event()

    def on_batch(batch: Batch) -> None:
        if as_lines:
            for result in batch.results:
                output.write_json_line(line(result, names[result.address]))
        _show_progress(batch.progress)

    report = _run(Scan(found.hosts, ports, protocol=protocol), on_batch, cancel)
    if as_json:
        output.write_json(document(report, found.unresolved))
    elif not as_lines:
        _write_report(report, ports)
    return _EXIT_INTERRUPTED if report.cancelled else 0


def _look_up(targets: Sequence[str], *, silently: bool) -> Targets:
    """The hosts to scan; one name without an address does not keep the others from it."""
    found = look_up(targets)
    if not found.hosts:
        raise BadInput("; ".join(one.error for one in found.unresolved))
    if not silently:
        for one in found.unresolved:
            tell(f"portview: {one.error}")
    return found


def _ports(spec: str | None, top: int | None, protocol: Protocol) -> tuple[int, ...]:
    if spec is not None and top is not None:
        raise BadInput("-p and --top exclude each other")
    if spec is not None:
        return parse_ports(spec, protocol)
    return top_ports(_DEFAULT_TOP if top is None else top, protocol)


def _run(scan: Scan, on_batch: Callable[[Batch], None], cancel: threading.Event) -> ScanReport:
    """Run to the end, or until Ctrl-C, which keeps what is there."""
    before = signal.signal(signal.SIGINT, lambda *_: cancel.set())
    try:
        return scan.run(on_batch, cancel)
    finally:
        signal.signal(signal.SIGINT, before)
        show_status("")


def _show_progress(progress: Progress) -> None:
    percent = 100 * progress.done // max(progress.total, 1)
    eta = f"{progress.eta_s:.0f} s to go" if progress.eta_s is not None else ""
    counts = "  ".join(f"{state.value} {count}" for state, count in progress.counts.items() if count)
    speed = f"{progress.rate_per_s:.0f}/s  {eta}"
    show_status(f"{percent:3d} %  {progress.done} of {progress.total}  {speed}  {counts}")


def _write_report(report: ScanReport, ports: Sequence[int]) -> None:
    by_address: dict[str, list[PortResult]] = {host.address: [] for host in report.hosts}
    for result in report.results:
        by_address[result.address].append(result)
    for host in report.hosts:
        results = by_address[host.address]
        output.write(f"{host.name} ({host.address})" if host.name else host.address)
        verdict = report.verdicts.get(host.address)
        if said := _said(verdict, results, report.protocol):
            output.write(f"  {said}")
        if verdict not in _TELLS_ALL:
            _write_ports(findings(results, ports), report.protocol)
        output.write()
    done = len(report.results)
    if report.gave_up:
        tell(f"portview: given up, this machine has no more to scan with: {report.gave_up}")
    short = f" (interrupted: {done} of {report.requested})" if report.cancelled else ""
    output.write(f"{_count(done)} in {report.elapsed_s:.1f} s{short}")


def _said(verdict: HostVerdict | None, results: Sequence[PortResult], protocol: Protocol) -> str | None:
    """The line about the whole address, None when its ports say it all."""
    if not results:
        return "nothing finished"
    if verdict is None or verdict is HostVerdict.UP:
        return None
    if verdict is not HostVerdict.NOT_SENT:
        return phrases("scan")["verdict"][verdict]
    first, words = min(results, key=lambda one: one.port), phrases("scan")["not_sent"]
    udp = "--udp " if protocol is Protocol.UDP else ""
    more = f"portview probe {udp}{first.address} {first.port}"
    return f"{words.get(first.reason, words['other'])}; {more} tells more"


def _write_ports(found: Sequence[PortRange], protocol: Protocol) -> None:
    rows = [_row(each, protocol) for each in found if each.state is not State.CLOSED]
    if rows:
        for text in table(_HEADINGS, rows):
            output.write("  " + text)
    closed = sum(each.count for each in found if each.state is State.CLOSED)
    if closed:
        output.write(f"  {_count(closed)} closed: each knock was refused")


def _row(found: PortRange, protocol: Protocol) -> tuple[str, ...]:
    reason = found.reason.value + (f" from {found.sender}" if found.sender else "")
    what = (service_name(found.first, protocol) or "-") if found.count == 1 else found.extent
    return (f"{found.label}/{protocol}", found.state.value, reason, what)


def _count(ports: int) -> str:
    return "1 port" if ports == 1 else f"{ports} ports"
