"""`portview explain`: the reference, for a port, an outcome, a cause or a question."""

from collections.abc import Sequence
from pathlib import Path

import click

from portview.cli import output
from portview.cli.pages import write_page
from portview.cli.table import table
from portview.errors import BadInput
from portview.knowledge import reference
from portview.knowledge.page import Page
from portview.text import clean

# How many other matches are named beside the best one.
_OTHERS = 5


@click.command("explain", short_help="What a port, an outcome or a cause is; questions and answers.")
@click.argument("words", nargs=-1, metavar="[PORT | OUTCOME | CAUSE | QUESTION]")
@click.option("--from", "file", metavar="FILE", help="Explain a knock that probe --save kept.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(words: tuple[str, ...], file: str | None, as_json: bool) -> None:
    """Explain a port (5244), a service, an outcome (refused), a cause (fw_reject_host), an error
    message ("No route to host") or a question.

    Without an argument: the list of topics.
    """
    if file is not None:
        if words:
            raise BadInput("--from explains a saved knock and takes nothing beside it")
        _explain_saved(file, as_json)
        return
    if not words:
        _write_topics(as_json)
        return
    query = " ".join(words)
    page = reference.find(query)
    if page is not None:
        _write(query, page, as_json)
        return
    found = reference.search(query)
    if not found:
        near = ", ".join(reference.suggest(query))
        hint = f"; did you mean {near}?" if near else "; `portview explain` lists the topics"
        raise BadInput(f"nothing known about '{clean(query, 60)}'{hint}")
    best, *others = found[: 1 + _OTHERS]
    _write(query, reference.entry_page(best), as_json, tuple(entry.id for entry in others))


def _write(query: str, page: Page, as_json: bool, others: Sequence[str] = ()) -> None:
    if as_json:
        output.write_json(_document(query, page, others))
        return
    write_page(page)
    if others:
        output.write()
        output.write(f"This fits best. Also: {', '.join(others)}")


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
    for line in table(("TOPIC", "KIND", "TITLE"), [(entry.id, entry.kind, entry.title) for entry in entries]):
        output.write(line)
    output.write()
    output.write("Also any port number (portview explain 5244) and any service name (portview explain smb).")


def _document(query: str, page: Page, others: Sequence[str]) -> dict[str, object]:
    sections = [
        {
            "label": section.label,
            "lines": [{"tone": line.tone.value, "text": line.text} for line in section.lines],
        }
        for section in page.sections
    ]
    return {
        "schema": 1,
        "query": clean(query, 200),
        "title": page.title,
        "sections": sections,
        "also": list(others),
    }
