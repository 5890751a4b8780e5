"""`portview ls`: what listens on this machine, and who owns it."""

from collections.abc import Sequence

import click

from portview.cli import output
from portview.cli.stderr import tell
from portview.cli.table import fitting, table
from portview.diagnose.findings.words import SpokenConcern
from portview.diagnose.listener import hidden_note, namespaces_notes, refused_note, title_of
from portview.diagnose.listing import listing
from portview.diagnose.survey import Survey
from portview.sockets.about import About
from portview.sockets.filter import check, matches
from portview.sockets.informed import Informed
from portview.sockets.records import LocalSocket
from portview.sockets.source import best_source
from portview.vocabulary import Protocol

_HEADINGS = ("PORT", "PROTO", "ADDRESS", "REACH", "STATE", "USER", "PID", "PROCESS", "SERVICE", "UNIT")

_SIGNS = {"bad": "!!", "warn": "!"}


@click.command("ls", short_help="What listens here, who owns it, who can reach it.")
@click.argument("words", metavar="[FILTER]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All sockets, connections too.")
@click.option("--tcp", is_flag=True, help="TCP only.")
@click.option("--udp", is_flag=True, help="UDP only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(words: tuple[str, ...], everything: bool, tcp: bool, udp: bool, as_json: bool) -> None:
    """List what listens on this machine, who owns it and who can reach it.

    Sockets whose owner cannot be read are listed all the same. FILTER is what the screen's filter
    takes: :443, nginx, user:root, reach:network, unit:ssh, container:web, !loopback.
    """
    only = {protocol for protocol, is_wanted in ((Protocol.TCP, tcp), (Protocol.UDP, udp)) if is_wanted}
    text = " ".join((*words, *(only if len(only) == 1 else ())))
    check(text)
    survey = Survey(Informed(best_source()).snapshot(everything=everything))
    shown = [each for each in survey.snapshot.sockets if not text or matches(each, text, survey.about(each))]
    if as_json:
        output.write_json_rows(listing(survey, shown), "sockets")
        return
    if text and not shown:
        kind = "socket" if everything else "listener"
        more = "" if everything else "; --all looks among connections and taken ports, too"
        tell(f"portview: no {kind} matches {text}{more}")
    left_out = _write_table([_row(each, survey.about(each)) for each in shown], everything=everything)
    _write_notes(survey, shown, left_out)


def _write_table(rows: Sequence[Sequence[str]], *, everything: bool) -> list[str]:
    """Write all columns, to a terminal those that fit; the headings of others that say something.

    The state of a listener follows from its protocol, so it gives way first; the reach of a connection is
    that of its peer.
    """
    columns, headings = output.terminal_columns(), list(_HEADINGS)
    silent = {heading for heading, *cells in zip(_HEADINGS, *rows, strict=True) if set(cells) <= {"-"}}
    if columns is not None:
        order = ("USER", "SERVICE", "UNIT", "REACH") if everything else ("STATE", "USER", "SERVICE", "UNIT")
        giving_way = sorted(order, key=lambda heading: heading not in silent)
        headings = fitting(_HEADINGS, rows, giving_way, columns)
    kept = [_HEADINGS.index(heading) for heading in headings]
    for line in table(headings, [[row[each] for each in kept] for row in rows], ("PORT", "PID"), columns):
        output.write(line)
    return [heading for heading in _HEADINGS if heading not in headings and heading not in silent]


def _write_notes(survey: Survey, shown: list[LocalSocket], left_out: Sequence[str]) -> None:
    """What is dangerous among them, and what the list leaves out."""
    snapshot = survey.snapshot
    told = [
        f"No room for {', '.join(left_out)}: portview ls | less -S" if left_out else None,
        hidden_note(snapshot.hidden),
        refused_note(snapshot),
        *namespaces_notes(snapshot.machine),
    ]
    from portview.cli.pages import write_sentences  # programs that ask for JSON do not wait for it

    for group in (_risks(survey, shown), [note for note in told if note]):
        if group:
            output.write()
        for line in group:
            write_sentences(line)


def _risks(survey: Survey, shown: list[LocalSocket]) -> list[str]:
    """What is found, the gravest first: once for a program, however many of its ports it is true of."""
    first: dict[tuple[object, ...], SpokenConcern] = {}
    places: dict[tuple[object, ...], list[LocalSocket]] = {}
    for each in shown:
        for one in survey.said(each):
            if one.level in _SIGNS:
                holder = each.owners[0].name if each.owners else (each.port, each.protocol)
                key: tuple[object, ...] = (one.level != "bad", one.id, one.confidence, one.reason, holder)
                first.setdefault(key, one)
                places.setdefault(key, []).append(each)
    lines = []
    for key in sorted(first, key=lambda key: bool(key[0])):
        one, found = first[key], places[key]
        *others, title = dict.fromkeys(map(title_of, found))
        ports = "".join(f"{other.partition(' ')[0]}, " for other in others)
        lines.append(
            f"{_SIGNS[one.level]} {ports}{title}: {one.title} ({one.confidence.value}). {one.reason}"
        )
    if lines:
        port = next(iter(places.values()))[0].port
        lines.append(f"What to do about it: portview ls :{port} --json, under findings.")
    return lines


def _row(each: LocalSocket, known: About) -> tuple[str, ...]:
    owner = each.owners[0] if each.owners else None
    more = f" +{len(each.owners) - 1}" if len(each.owners) > 1 else ""
    return (
        str(each.port),
        each.protocol.value,
        f"{each.bound_to} > {each.peer}" if each.peer else each.bound_to,
        each.reach.value,
        each.state,
        each.user or (str(each.uid) if each.uid is not None else "?"),
        f"{owner.pid}{more}" if owner else "?" if each.owner_hidden else "-",
        (owner.name or "?") if owner else "(hidden)" if each.owner_hidden else "(kernel)",
        each.service or "-",
        _part_of(known),
    )


def _part_of(known: About) -> str:
    """The container, else the unit, else the service that systemd holds the port for."""
    if known.container:
        return f"{known.container.runtime.value}:{known.container.label}"
    if known.target:
        return f">{known.target.runtime.value}:{known.target.label}"
    return (known.activation and known.activation.service) or known.unit or "-"
