"""`portview explain`: the reference, for a port, an outcome, a cause or a question."""

from collections.abc import Sequence
from pathlib import Path

import click

from portview.cli import output
from portview.cli.pages import write_note, write_page, write_sentences
from portview.cli.table import table
from portview.errors import BadInput
from portview.knowledge import reference
from portview.knowledge.by_hand import by_hand_page
from portview.knowledge.page import Page
from portview.knowledge.search import is_port
from portview.text import clean
from portview.vocabulary import Protocol

# How many other matches and neighbours are named beside the best match.
_OTHERS = 5
_NEIGHBOURS = 8


@click.command("explain", short_help="What a port, an outcome or a cause is; questions and answers.")
@click.argument("words", nargs=-1, metavar="[PORT | RANGE | OUTCOME | CAUSE | QUESTION]")
@click.option("--host", metavar="HOST", help="With a port: the commands for it by hand, at this host.")
@click.option(
    "--from", "file", type=click.Path(), metavar="FILE", help="Explain a knock that probe --save kept."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(words: tuple[str, ...], host: str | None, file: str | None, as_json: bool) -> None:
    """Explain a port (5244), several (22,80), a range (8000-8010), a service, an outcome (refused), a cause
    (fw_reject_host), an error message ("No route to host"), a provider or a question.

    Without an argument: the list of topics.
    """
    if file is not None:
        if words or host is not None:
            raise BadInput("--from explains a saved knock and takes nothing beside it")
        _explain_saved(file, as_json)
        return
    query = " ".join(words)
    if host is not None:
        _write_by_hand(query, host, as_json)
        return
    if not words:
        _write_topics(as_json)
        return
    if several := reference.each(query):
        _write_each(query, several, as_json)
    elif entry := reference.exact(query):
        _write_entry(query, entry, as_json)
    elif best := reference.answer(query):
        others = [other for other in reference.search(query) if other != best]
        _write_entry(query, best, as_json, others[:_OTHERS])
    else:
        raise _nothing_fits(query)


def _nothing_fits(query: str) -> BadInput:
    near = [entry.id for entry in reference.search(query)[:_OTHERS]] or reference.suggest(query)
    hint = f"nearest: {', '.join(near)}" if near else "`portview explain` lists the topics"
    return BadInput(f"nothing fits '{clean(query, 60)}'; {hint}")


def _write_each(query: str, entries: Sequence[reference.Entry], as_json: bool) -> None:
    """A page for each port or range of a list; one document for all."""
    pages = [_with_this_machine(entry, reference.entry_page(entry)) for entry in entries]
    if as_json:
        told = [_told(query, page, entry) for entry, page in zip(entries, pages, strict=True)]
        output.write_json({"schema": 1, "query": clean(query, 200), "pages": told})
        return
    for number, page in enumerate(pages):
        if number:
            output.write()
        write_page(page)


def _write_entry(
    query: str, entry: reference.Entry, as_json: bool, others: Sequence[reference.Entry] = ()
) -> None:
    page = _with_this_machine(entry, reference.entry_page(entry))
    if as_json:
        output.write_json(_told(query, page, entry, others))
        return
    write_page(page)
    if others:
        write_note(f"This fits best. Also: {', '.join(other.id for other in others)}")
    elif see := reference.neighbours(entry):
        write_note(f"Related: {', '.join(one.id for one in see[:_NEIGHBOURS])}")


def _told(
    query: str, page: Page, entry: reference.Entry, others: Sequence[reference.Entry] = ()
) -> dict[str, object]:
    return {
        **_document(query, page),
        "id": entry.id,
        "kind": entry.kind,
        "also": [other.id for other in others],
        "see": [one.id for one in reference.neighbours(entry)],
    }


def _with_this_machine(entry: reference.Entry, page: Page) -> Page:
    """The page with an example from this machine, whose sockets are read only for that."""
    from portview.diagnose.live_examples import ThisMachine, has_example, with_example

    if not has_example(entry):
        return page
    from portview.sockets.port_limits import port_limits
    from portview.sockets.source import best_source

    return with_example(page, entry, ThisMachine(best_source().snapshot(everything=True), port_limits()))


def _write_by_hand(query: str, host: str, as_json: bool) -> None:
    entry = reference.exact(query)
    if entry is None or entry.kind not in ("port", "by hand") or not is_port(entry.port):
        raise BadInput("--host needs a port, as in: portview explain 443 --host nas.lan")
    page = by_hand_page(clean(host), entry.port, entry.protocol or Protocol.TCP)
    if as_json:
        output.write_json(_document(query, page))
    else:
        write_page(page)


def _explain_saved(file: str, as_json: bool) -> None:
    """What probe said of the knock, in the words of this portview."""
    from portview.diagnose.document import document
    from portview.diagnose.engine import diagnose
    from portview.diagnose.report import report
    from portview.diagnose.saved import read

    knock = read(Path(file))
    diagnosis = diagnose(knock.observation, knock.listeners)
    if as_json:
        output.write_json(document(knock.observation, diagnosis))
    else:
        write_page(report(knock.observation, diagnosis))


def _write_topics(as_json: bool) -> None:
    entries = reference.topics()
    if as_json:
        topics = [{"id": entry.id, "kind": entry.kind, "title": entry.title} for entry in entries]
        output.write_json({"schema": 1, "topics": topics})
        return
    lines = table(("TOPIC", "KIND", "TITLE"), [(entry.id, entry.kind, entry.title) for entry in entries])
    for line in lines:
        write_sentences(line, indent=lines[0].index("TITLE"))
    write_note("Also any port (portview explain 5244), range (8000-8010), service (smb), provider (aws).")


def _document(query: str, page: Page) -> dict[str, object]:
    sections = [
        {
            "label": section.label,
            "lines": [{"tone": line.tone.value, "text": line.text} for line in section.lines],
        }
        for section in page.sections
    ]
    return {"schema": 1, "query": clean(query, 200), "title": page.title, "sections": sections}
