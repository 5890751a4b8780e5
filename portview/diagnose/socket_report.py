"""The evidence about one socket as plain text, to be handed on: what is known, how, and when."""

import json
import socket as system
from datetime import UTC, datetime

from portview import __version__
from portview.diagnose.listener import explain_socket, hidden_note
from portview.diagnose.listing import entry
from portview.diagnose.survey import Survey
from portview.knowledge.load import phrases
from portview.sockets.records import LocalSocket
from portview.sockets.secrets import masked
from portview.text import clean

_COMMANDS = frozenset({"command"})


def socket_report(socket: LocalSocket, survey: Survey, taken: datetime) -> str:
    """The explanation and all that was read, with secrets in command lines masked."""
    place = f"{socket.address} {socket.port}/{socket.protocol}"
    time = taken.astimezone(UTC).isoformat(timespec="seconds")
    head = [
        f"portview {__version__}: evidence of {place}",
        f"machine {clean(system.gethostname())}, {time}, read by {survey.snapshot.source}",
        phrases("sockets")["report"]["masked"],
    ]
    if note := hidden_note(survey.snapshot.hidden):
        head.append(note)
    raw = json.dumps(_masked(entry(socket, survey)), indent=2, ensure_ascii=False)
    return "\n".join((*head, "", explain_socket(socket, survey).text(), "All that was read:", raw, ""))


def _masked(value: object) -> object:
    """The same document with every command line in it masked."""
    if isinstance(value, dict):
        return {
            key: masked(inner) if key in _COMMANDS and isinstance(inner, str) else _masked(inner)
            for key, inner in value.items()
        }
    return [_masked(inner) for inner in value] if isinstance(value, list) else value
