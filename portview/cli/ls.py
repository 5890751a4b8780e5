"""`portview ls`: what listens on this machine, and who owns it."""

import click

from portview.cli import output
from portview.cli.table import table
from portview.diagnose.listener import hidden_note
from portview.sockets.document import document
from portview.sockets.records import LocalSocket, Snapshot
from portview.sockets.source import best_source
from portview.vocabulary import Protocol

_HEADINGS = ("PORT", "PROTO", "ADDRESS", "REACH", "STATE", "USER", "PID", "PROCESS", "SERVICE")


@click.command("ls", short_help="What listens here, who owns it, who can reach it.")
@click.option("--all", "everything", is_flag=True, help="All sockets, connections too.")
@click.option("--tcp", is_flag=True, help="TCP only.")
@click.option("--udp", is_flag=True, help="UDP only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(everything: bool, tcp: bool, udp: bool, as_json: bool) -> None:
    """List what listens on this machine, who owns it and who can reach it.

    Sockets whose owner cannot be read are listed all the same.
    """
    wanted = {protocol for protocol, is_wanted in ((Protocol.TCP, tcp), (Protocol.UDP, udp)) if is_wanted}
    snapshot = best_source().snapshot(everything=everything)
    sockets = tuple(each for each in snapshot.sockets if not wanted or each.protocol in wanted)
    snapshot = Snapshot(sockets, snapshot.hidden, snapshot.source, snapshot.ephemeral_range)
    if as_json:
        output.write_json(document(snapshot))
        return
    for line in table(_HEADINGS, [_row(each) for each in sockets], right=(0, 6)):
        output.write(line)
    if note := hidden_note(snapshot.hidden):
        output.write()
        output.write(note)


def _row(each: LocalSocket) -> tuple[str, ...]:
    owner = each.owners[0] if each.owners else None
    more = f" +{len(each.owners) - 1}" if len(each.owners) > 1 else ""
    peer = f" > {each.remote_address}:{each.remote_port}" if each.remote_port else ""
    return (
        str(each.port),
        each.protocol.value,
        each.address + peer,
        each.reach.value,
        each.state,
        each.user or (str(each.uid) if each.uid is not None else "?"),
        f"{owner.pid}{more}" if owner else "?" if each.owner_hidden else "-",
        (owner.name or "?") if owner else "(hidden)" if each.owner_hidden else "(kernel)",
        each.service or "-",
    )
