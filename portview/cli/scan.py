"""`portview scan`: many knocks, live progress on stderr, results on stdout."""

import signal
import threading
from collections.abc import Callable, Sequence

import click

from portview.cli import output
from portview.cli.stderr import show_status, tell
from portview.cli.table import table
from portview.errors import BadInput
from portview.knowledge.services import service_name
from portview.scan.document import document, line
from portview.scan.ports import parse_ports, top_ports
from portview.scan.ranges import PortRange, findings
from portview.scan.records import Batch, PortResult, Progress, ScanHost, ScanReport
from portview.scan.scanner import Scan
from portview.scan.targets import expand
from portview.vocabulary import Protocol, State

_DEFAULT_TOP = 1000
_EXIT_INTERRUPTED = 130
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
    hosts = expand(targets)
    names = {host.address: host for host in hosts}
    cancel = threading.Event()

    def on_batch(batch: Batch) -> None:
        if as_lines:
            for result in batch.results:
                output.write_json_line(line(result, names[result.address]))
        _show_progress(batch.progress)

    report = _run(Scan(hosts, ports, protocol=protocol), on_batch, cancel)
    if as_json:
        output.write_json(document(report))
    elif not as_lines:
        _write_report(report, ports)
    return _EXIT_INTERRUPTED if report.cancelled else 0


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
        found = findings(by_address[host.address], ports)
        _write_host(host, found, report.protocol)
    done = len(report.results)
    if report.gave_up:
        tell(f"portview: given up, this machine has no more to scan with: {report.gave_up}")
    short = f" (interrupted: {done} of {report.requested})" if report.cancelled else ""
    output.write(f"{done} ports in {report.elapsed_s:.1f} s{short}")


def _write_host(host: ScanHost, found: Sequence[PortRange], protocol: Protocol) -> None:
    output.write(f"{host.name} ({host.address})" if host.name else host.address)
    rows = [_row(each, protocol) for each in found if each.state is not State.CLOSED]
    if rows:
        for text in table(_HEADINGS, rows):
            output.write("  " + text)
    closed = sum(each.count for each in found if each.state is State.CLOSED)
    if closed:
        output.write(f"  {closed} ports closed: each knock was refused")
    output.write()


def _row(found: PortRange, protocol: Protocol) -> tuple[str, ...]:
    reason = found.reason.value + (f" from {found.sender}" if found.sender else "")
    what = (service_name(found.first, protocol) or "-") if found.count == 1 else f"{found.count} ports"
    return (f"{found.label}/{protocol}", found.state.value, reason, what)
