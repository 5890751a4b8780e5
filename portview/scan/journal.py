"""A scan on disk while it runs: what was asked for, then each port as it is done, one line each.

Such a file survives whatever ends the scan, and `--resume` goes on from it. The first line is
`{"schema": 1, "elapsed_s": ..., "started": ..., "portview": ..., "scan": {...}}`, all others are those of
`scan --jsonl`. How long the scan has taken is written over while it runs, always in as many bytes.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from portview import __version__
from portview.errors import BadInput
from portview.probe import archive
from portview.scan.document import SCHEMA
from portview.scan.plan import Manner, Plan
from portview.scan.ports import parse_ports, port_list
from portview.scan.records import PortResult, ScanHost, Unresolved
from portview.scan.said import Heard, Said
from portview.text import clean
from portview.vocabulary import Protocol, State

_SHOWN = 60
_MAX_HEADER = 64 * 1024 * 1024  # bytes: 65,536 hosts with long names
_MAX_LINE = 64 * 1024
_BEFORE_CLOCK = f'{{"schema": {SCHEMA}, "elapsed_s": '
_CLOCK_WIDTH = 14
_CLOCK = re.compile(rf"{re.escape(_BEFORE_CLOCK)}([ 0-9.]{{{_CLOCK_WIDTH}}}),".encode())
_FIELDS = ("address", "port", "protocol", "state", "reason", "sender", "rtt_ms", "tries", "loss")


class Kept(NamedTuple):
    """A journal read back. `good_bytes` is where its last whole line ends; `cut` that more follows.

    `started` is when the scan was begun (ISO 8601 with a zone), and `elapsed_s` how long all its parts
    took; None where that is not kept, as in a file that another program has written anew.
    """

    plan: Plan
    earlier: tuple[Heard, ...]
    manner: Manner
    good_bytes: int
    is_cut: bool
    started: str | None
    elapsed_s: float | None

    def still_to_hear(self) -> "Kept":
        """Without the open ports of which no words are known, so that they are asked again."""
        known = (one for one in self.earlier if one.said or one.result.state is not State.OPEN)
        return self._replace(earlier=tuple(known))


def clock(elapsed_s: float) -> tuple[int, str]:
    """Where in the first line the elapsed time stands, in bytes, and what stands there."""
    return len(_BEFORE_CLOCK), f"{elapsed_s:{_CLOCK_WIDTH}.3f}"


def header(plan: Plan, manner: Manner, started: str, elapsed_s: float, **more: object) -> str:
    """The first line; `more` is what else it says of the scan."""
    scan = {
        "hosts": [[host.address, host.name] for host in plan.hosts],
        "ports": {protocol.value: port_list(tuple(sorted(ports))) for protocol, ports in plan.ports.items()},
        "unresolved": [[one.name, one.error] for one in plan.unresolved],
        **asdict(manner),
    }
    rest = json.dumps({"started": started, "portview": __version__, "scan": scan, **more}, ensure_ascii=False)
    return f"{_BEFORE_CLOCK}{clock(elapsed_s)[1]}, {rest[1:]}\n"


def read_first(path: Path) -> Mapping[str, Any]:
    """The first line of a journal as data, and none of its ports; raises BadInput in one line."""
    shown = clean(str(path), _SHOWN)
    try:
        with path.open("rb") as file:
            return _document(file.readline(_MAX_HEADER), shown)
    except OSError as error:
        raise BadInput(f"cannot read {shown}: {error.strerror}") from None


def read(path: Path) -> Kept:
    """Read a journal; raises BadInput in one line when it is none.

    A last line that was cut off is left out: its port is asked again.
    """
    shown = clean(str(path), _SHOWN)
    try:
        with path.open("rb") as file:
            first = file.readline(_MAX_HEADER)
            plan, manner, started = _read_header(first, shown)
            elapsed = _CLOCK.match(first)
            elapsed_s = float(elapsed[1]) if elapsed else None
            good = len(first)
            earlier: list[Heard] = []
            asked = {protocol: frozenset(ports) for protocol, ports in plan.ports.items()}
            for number, line in enumerate(iter(lambda: file.readline(_MAX_LINE), b""), start=2):
                if not line.endswith(b"\n"):
                    if len(line) == _MAX_LINE:
                        raise BadInput(f"{shown} is damaged: line {number} is too long")
                    return Kept(plan, _newest(earlier), manner, good, True, started, elapsed_s)
                heard = _read_line(line, f"{shown}, line {number}:")
                result = heard.result
                if result.address not in plan.by_address or result.port not in asked.get(result.protocol, ()):
                    raise BadInput(f"{shown}, line {number}: a port that this scan was not asked for")
                earlier.append(heard)
                good += len(line)
    except OSError as error:
        raise BadInput(f"cannot read {shown}: {error.strerror}") from None
    return Kept(plan, _newest(earlier), manner, good, False, started, elapsed_s)


def is_unfinished(path: Path) -> bool:
    """Whether that is the journal of a scan that has come to only some of its ports."""
    try:
        kept = read(path)
    except BadInput:  # nothing is there, or nothing that could be gone on with
        return False
    return len(kept.earlier) < kept.plan.knocks


def _newest(earlier: Iterable[Heard]) -> tuple[Heard, ...]:
    by_port = {(one.result.address, one.result.protocol, one.result.port): one for one in earlier}
    return tuple(by_port.values())


def _foreign(shown: str) -> BadInput:
    return BadInput(f"{shown} cannot be resumed: it is no scan that portview scan -o has kept")


def _document(line: bytes, shown: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        raise _foreign(shown) from None
    if not isinstance(document, dict) or not isinstance(document.get("scan"), dict):
        raise _foreign(shown)
    if document.get("schema") != SCHEMA:
        raise BadInput(f"{shown} is no scan of schema {SCHEMA}, which is what this portview reads")
    return document


def _read_header(line: bytes, shown: str) -> tuple[Plan, Manner, str | None]:
    document = _document(line, shown)
    scan, started = document["scan"], document.get("started")
    try:
        if started is not None:
            started = datetime.fromisoformat(started).isoformat(timespec="milliseconds")
        hosts = tuple(archive.load(ScanHost, {"address": a, "name": n}) for a, n in scan["hosts"])
        unresolved = tuple(archive.load(Unresolved, {"name": n, "error": e}) for n, e in scan["unresolved"])
        ports: dict[Protocol, tuple[int, ...]] = {}
        for name, chosen in scan["ports"].items():
            protocol = Protocol(name)
            ports[protocol] = parse_ports(str(chosen), protocol)[protocol]
        kept = {field.name: scan[field.name] for field in fields(Manner) if field.name in scan}
        manner = archive.load(Manner, kept)
    except (BadInput, ValueError, TypeError, KeyError, AttributeError):
        raise _foreign(shown) from None
    if not (hosts and ports) or (manner.rate is not None and manner.rate <= 0):
        raise _foreign(shown)
    return Plan(hosts, ports, unresolved), manner, started


def _read_line(line: bytes, place: str) -> Heard:
    try:
        document = json.loads(line)
        icmp = document["icmp"] or {"type": None, "code": None}
        values = {name: document[name] for name in _FIELDS}
        values |= {"icmp_type": icmp["type"], "icmp_code": icmp["code"]}
        result = archive.load(PortResult, values)
        return Heard(result, _read_said(document["said"]))
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        why = f" ({clean(str(error), _SHOWN)})" if isinstance(error, archive.ArchiveError) else ""
        raise BadInput(f"{place} not a scanned port{why}") from None


def _read_said(document: Any) -> Said | None:
    if document is None:
        return None
    tls, http = document["tls"] or {}, document["http"] or {}
    values = {
        "banner": document["banner"],
        "tls": tls.get("version"),
        "names": tls.get("names", []),
        "http_status": http.get("status"),
        "http_server": http.get("server"),
        "closed_by": document.get("closed_by"),
    }
    return archive.load(Said, values)
