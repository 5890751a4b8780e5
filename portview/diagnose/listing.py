"""The document of `portview ls --json`: what was read, with what portview makes of it."""

from collections.abc import Sequence
from dataclasses import replace

from portview.diagnose.reach_words import who_can_knock
from portview.diagnose.survey import Survey
from portview.sockets.document import document
from portview.sockets.records import LocalSocket


def listing(survey: Survey, sockets: Sequence[LocalSocket]) -> dict[str, object]:
    """The document of these sockets of a snapshot.

    Each also says who can knock, whose client it is, and what is found about it.
    """
    told = document(replace(survey.snapshot, sockets=tuple(sockets)), survey.about)
    entries = told["sockets"]
    assert isinstance(entries, list)
    for entry, socket in zip(entries, sockets, strict=True):
        entry["who_can_knock"] = who_can_knock(socket, survey) if socket.is_listener else None
        entry["direction"] = survey.directions.of(socket)
        entry["findings"] = [
            {
                "id": one.id,
                "level": one.level,
                "confidence": one.confidence,
                "title": one.title,
                "reason": one.reason,
                "because": one.because,
                "fix": one.fix,
            }
            for one in survey.said(socket)
        ]
    return told
