"""The document of `portview ls --json`: what was read, with what portview makes of it."""

from collections.abc import Iterable

from portview.diagnose.reach_words import who_can_knock
from portview.diagnose.survey import Survey
from portview.sockets import document
from portview.sockets.records import LocalSocket


def listing(survey: Survey, sockets: Iterable[LocalSocket]) -> dict[str, object]:
    """The document of these sockets of a snapshot.

    Their entries are made one by one as they are asked for: all of a crowded machine's take much memory.
    """
    return {**document.head(survey.snapshot), "sockets": (entry(each, survey) for each in sockets)}


def entry(socket: LocalSocket, survey: Survey) -> dict[str, object]:
    """One socket: also who can knock, whose client it is, and what is found about it."""
    return {
        **document.entry(socket, survey.snapshot, survey.about(socket)),
        "who_can_knock": who_can_knock(socket, survey) if socket.is_listener else None,
        "direction": survey.directions.of(socket),
        "findings": [
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
        ],
    }
