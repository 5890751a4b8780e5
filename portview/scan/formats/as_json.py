"""One JSON document at the end: the contract of `scan --json`."""

import json
from textwrap import indent

from portview.scan.document import SCHEMA, facts_document, port_document
from portview.scan.formats.writer import Write, Writer
from portview.scan.plan import Plan
from portview.scan.records import Unresolved
from portview.scan.reports import HostReport, Totals
from portview.vocabulary import Protocol, State

_STATES = {
    Protocol.TCP: (State.OPEN, State.CLOSED, State.FILTERED),
    Protocol.UDP: (State.OPEN, State.CLOSED, State.FILTERED, State.OPEN_OR_FILTERED),
}


class JsonWriter(Writer):
    """The whole report, and the names that could not be scanned: hosts without an address.

    `ports` lists every open port and every port whose state is not the host's most common one; the
    most common state is listed too when at most 25 ports have it, else only counted. `counts` counts
    all finished ports. `requested` is how many ports were asked for in all; fewer are counted when
    the scan was `cancelled` or ended by a shortage of this machine (`incomplete_because`, an errno).
    `verdict` is null where too little is known of an address. `protocol` is `tcp,udp` where both were
    scanned.
    """

    def __init__(self, write: Write, command: str = "portview scan") -> None:
        super().__init__(write, command)
        self._hosts: list[str] = []  # as text, which takes a tenth of the memory
        self._plan = Plan((), {})
        self._states: tuple[State, ...] = ()

    def begin(self, plan: Plan, started: str) -> None:
        """Keep what the document says of the whole."""
        self._plan = plan
        self._states = tuple(dict.fromkeys(state for protocol in plan.ports for state in _STATES[protocol]))

    def host(self, report: HostReport) -> None:
        """Keep what the document says of a host."""
        self._keep(
            {
                "address": report.address,
                "name": report.host.name,
                "error": None,
                "verdict": report.verdict.value if report.verdict else None,
                "facts": facts_document(report.facts) if report.facts else None,
                "skipped": report.was_skipped,
                "ports": [port_document(one, report.words_of(one)) for one in report.listed],
                "counts": {state.value: report.counts.get(state, 0) for state in self._states},
            }
        )

    def end(self, totals: Totals) -> None:
        """Write it all."""
        for one in self._plan.unresolved:
            self._keep(self._unresolved(one))
        document: dict[str, object] = {
            "schema": SCHEMA,
            "started": totals.started,
            "elapsed_s": round(totals.elapsed_s, 3),
            "protocol": ",".join(self._plan.ports),
            "requested": totals.requested,
            "cancelled": totals.cancelled,
            "incomplete_because": totals.gave_up,
            "hosts": [],
        }
        before, after = _as_text(document).rsplit("[]", 1)
        self.write(f"{before}[\n")
        for number, host in enumerate(self._hosts, 1):
            self.write(f"{host},\n" if number < len(self._hosts) else f"{host}\n")
        self.write(f"  ]{after}\n")

    def _keep(self, host: dict[str, object]) -> None:
        self._hosts.append(indent(_as_text(host), " " * 4))

    def _unresolved(self, one: Unresolved) -> dict[str, object]:
        return {
            "address": None,
            "name": one.name,
            "error": one.error,
            "verdict": None,
            "facts": None,
            "skipped": False,
            "ports": [],
            "counts": {state.value: 0 for state in self._states},
        }


def _as_text(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
