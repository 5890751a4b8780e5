"""`portview scan`: many knocks, live progress on stderr, results on stdout and in a file."""

import math
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portview.cli import output
from portview.cli.app import EXIT_INTERRUPTED
from portview.cli.scan_desk import Desk, PatientOutput, run
from portview.cli.scan_text import TextWriter
from portview.cli.stderr import is_watched, show_status, tell
from portview.errors import BadInput
from portview.scan.formats.choice import Format, format_of, writer_of
from portview.scan.plan import ASK_FROM, Manner, Plan
from portview.scan.popular import Top, top_ports
from portview.scan.ports import Ports, parse_ports, without
from portview.scan.session import Session
from portview.scan.targets import look_up, read_list
from portview.text import clean
from portview.vocabulary import Protocol

if TYPE_CHECKING:
    from portview.scan.journal import Kept
    from portview.scan.keeping import Keeper

_DEFAULT_TOP = 1000
_SHOWN = 40

_FORMATS = {
    Format.JSON: "One JSON document at the end.",
    Format.JSONL: "One finished port a line, as it comes.",
    Format.CSV: "One finished port a row, as it comes.",
    Format.XML: "The XML of nmap -oX.",
    Format.GREPABLE: "One line a host.",
}


def _format_options(function: Callable[..., int]) -> Callable[..., int]:
    for form, words in reversed(_FORMATS.items()):
        function = click.option(f"--{form}", form.value, is_flag=True, help=words)(function)
    return function


def _rate(context: click.Context, parameter: click.Parameter, typed: str | None) -> float | None:
    if typed is None:
        return None
    try:
        rate = float(typed)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        raise BadInput(
            f"--rate is how many knocks a second, not '{clean(typed, _SHOWN)}': such as 100 or 0.5"
        )
    return rate


def _once(context: click.Context, parameter: click.Parameter, typed: tuple[str, ...]) -> str | None:
    """Of an option of which click would silently take the last."""
    if len(typed) > 1:
        raise BadInput(f"{parameter.opts[0]} is given {len(typed)} times: write one list, such as 22,80")
    return typed[0] if typed else None


@click.command("scan", short_help="Knock on many ports of one host or several.")
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option(
    "-p",
    "--ports",
    "spec",
    multiple=True,
    callback=_once,
    metavar="SPEC",
    help="Ports: 22,80,1-1000,!23  60000-  -  (all)  http*  T:22,U:53.",
)
@click.option(
    "--top", type=int, metavar="N", help=f"The N ports most worth asking [default: {_DEFAULT_TOP}]."
)
@click.option(
    "--exclude-ports",
    "spec_out",
    multiple=True,
    callback=_once,
    metavar="SPEC",
    help="Ports to leave out, written as for -p.",
)
@click.option(
    "--targets",
    "list_files",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="More targets, from a file; - is stdin.",
)
@click.option("--exclude", multiple=True, metavar="TARGET", help="Targets to leave out.")
@click.option("--udp", is_flag=True, help="UDP instead of TCP.")
@click.option("--confirm-all", is_flag=True, help="Ask silent ports again at the pace of ICMP errors.")
@click.option(
    "--talk", is_flag=True, help="Hear the first words of open ports: banner, TLS names, web server."
)
@click.option(
    "--rate",
    callback=_rate,
    metavar="N",
    help="At most N knocks a second, in place of the pace that spares a router.",
)
@_format_options
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(),
    metavar="FILE",
    help="Keep the results, by the ending of FILE or a format above.",
)
@click.option(
    "--resume", type=click.Path(), metavar="FILE", help="Go on with the scan that -o FILE has kept."
)
@click.option("--yes", is_flag=True, help="Begin without asking: so many knocks, or an unfinished scan anew.")
def command(
    targets: tuple[str, ...],
    spec: str | None,
    top: int | None,
    spec_out: str | None,
    list_files: tuple[str, ...],
    exclude: tuple[str, ...],
    udp: bool,
    confirm_all: bool,
    talk: bool,
    rate: float | None,
    file: str | None,
    resume: str | None,
    yes: bool,
    **formats: bool,
) -> int:
    """Knock on many ports and say which are open, closed or filtered, and by what.

    TARGET is a name, an address, a block such as 192.0.2.0/24 or a range such as 192.0.2.1-9. Of
    targets and ports, what follows a ! is left out.
    Ctrl-C ends the scan and shows what was found so far; with -o it can be resumed.
    """
    form = _format(formats)
    kept: Kept | None = None
    if resume is not None:
        if any((spec, top, spec_out, list_files, exclude, udp, file)):
            raise BadInput("--resume FILE says what is scanned and where it is kept: leave that out")
        file = resume
    if file == "-" and resume is None:
        raise BadInput("-o keeps a file: without it the results go to stdout")
    path = Path(file) if file is not None else None
    kept_as = (form or format_of(path)) if path else None
    if path and kept_as and resume is not None:
        from portview.cli.scan_files import read_kept  # few scans are resumed

        kept = read_kept(path, kept_as, targets)
        plan = kept.plan
    else:
        protocol = Protocol.UDP if udp else Protocol.TCP
        plan = _plan(targets, list_files, exclude, _ports(spec, top, spec_out, protocol))
    told_in_data = path is None and form is Format.JSON
    for one in () if told_in_data else plan.unresolved:
        tell(f"portview: {one.error}")
    if is_watched():
        tell(f"Scanning {plan.in_words()}")
    if not _is_meant(plan, yes=yes):
        return EXIT_INTERRUPTED

    only_top = None if spec or resume else top or _DEFAULT_TOP
    manner = Manner(rate, talk, confirm_all)
    if kept:
        manner = manner.after(kept.manner)
        kept = kept.still_to_hear() if manner.talk else kept
    line = clean(shlex.join(("portview", *sys.argv[1:])))
    patient = PatientOutput()
    screen = (
        writer_of(form, output.write_data, line)
        if form and not path
        else TextWriter(patient.write if path else output.write_text, only_top)
    )
    keeper = _keeper(path, kept_as, line, manner, kept, anew=yes) if path and kept_as else None
    session = Session(
        plan,
        **asdict(manner),
        earlier=kept.earlier if kept else (),
        started=kept.started if kept else None,
        elapsed_s=(kept and kept.elapsed_s) or 0.0,
    )
    status = run(session, Desk(screen, keeper, plan, holds=manner.talk))
    patient.tell_trouble()
    return status


def _format(formats: Mapping[str, bool]) -> Format | None:
    """The one format that is asked for, if any; raises BadInput where there are several."""
    chosen = [form for form in Format if formats[form]]
    if len(chosen) > 1:
        raise BadInput(f"{' and '.join(f'--{form}' for form in chosen)} exclude each other")
    return chosen[0] if chosen else None


def _ports(spec: str | None, top: int | None, spec_out: str | None, protocol: Protocol) -> Ports:
    if spec is not None and top is not None:
        raise BadInput("-p and --top exclude each other")
    if spec is not None:
        ports = parse_ports(spec, protocol)
    else:
        chosen = top_ports(_DEFAULT_TOP if top is None else top, protocol)
        ports = {protocol: chosen.ports}
        if is_watched():
            tell(_order_in_words(chosen))
    return without(ports, parse_ports(spec_out, protocol)) if spec_out is not None else ports


def _order_in_words(top: Top) -> str:
    then = f", then by {top.measured}" if top.measured else ""
    return f"The top {len(top.ports)} ports: home servers' first{then}"


def _plan(
    targets: tuple[str, ...], list_files: tuple[str, ...], exclude: tuple[str, ...], ports: Ports
) -> Plan:
    more = [line for name in list_files for line in _read_list(name)]
    show_status("looking up the targets")
    try:
        found = look_up((*targets, *more), exclude=exclude)
    finally:
        show_status("")
    return Plan(found.hosts, ports, found.unresolved)


def _read_list(name: str) -> list[str]:
    from portview.cli.scan_files import read_text

    return read_list(read_text(name), "stdin" if name == "-" else name)


def _keeper(
    path: Path, kept_as: Format, line: str, manner: Manner, kept: "Kept | None", *, anew: bool
) -> "Keeper":
    from portview.scan.keeping import Keeper  # most scans are not kept

    return Keeper(path, kept_as, line, manner=manner, kept=kept, anew=anew, tell=_complain)


def _is_meant(plan: Plan, *, yes: bool) -> bool:
    """Whether so many knocks are wanted; raises BadInput where nobody can be asked."""
    if yes or plan.knocks <= ASK_FROM:
        return True
    if not (is_watched() and sys.stdin is not None and sys.stdin.isatty()):
        raise BadInput(f"{plan.in_words()} are many: add --yes if they are meant")
    try:
        return click.confirm("That many are meant?", err=True)
    except click.Abort:
        tell("")  # the line of the question ends
        raise


def _complain(text: str) -> None:
    show_status("")
    tell(f"portview: {text}")
