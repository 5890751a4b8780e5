"""A scan as JSON-ready data: the contract of `scan --json` and `scan --jsonl`."""

from collections import Counter
from collections.abc import Sequence

from portview.knowledge.services import service_name
from portview.scan.records import HostVerdict, PortResult, ScanHost, ScanReport, Unresolved
from portview.vocabulary import Protocol, State

SCHEMA = 1
# A host's most common state is only counted when more ports than this have it.
_LISTED_ANYWAY = 25
_STATES = {
    Protocol.TCP: (State.OPEN, State.CLOSED, State.FILTERED),
    Protocol.UDP: (State.OPEN, State.CLOSED, State.FILTERED, State.OPEN_OR_FILTERED),
}


def document(report: ScanReport, unresolved: Sequence[Unresolved] = ()) -> dict[str, object]:
    """The whole report, and the names that could not be scanned: hosts without an address.

    `ports` lists every open port and every port whose state is not the host's most common one; the
    most common state is listed too when at most 25 ports have it, else only counted. `counts` counts
    all finished ports. `requested` is how many ports were asked for in all; fewer are counted when
    the scan was `cancelled` or ended by a shortage of this machine (`incomplete_because`, an errno).
    `verdict` is null where too little is known of an address.
    """
    by_address: dict[str, list[PortResult]] = {host.address: [] for host in report.hosts}
    for result in report.results:
        by_address[result.address].append(result)
    return {
        "schema": SCHEMA,
        "started": report.started,
        "elapsed_s": round(report.elapsed_s, 3),
        "protocol": report.protocol.value,
        "requested": report.requested,
        "cancelled": report.cancelled,
        "incomplete_because": report.gave_up,
        "hosts": [
            *(
                _host(host, by_address[host.address], report.protocol, report.verdicts.get(host.address))
                for host in report.hosts
            ),
            *(_unresolved(one, report.protocol) for one in unresolved),
        ],
    }


def line(result: PortResult, host: ScanHost) -> dict[str, object]:
    """One finished port, for a line of `scan --jsonl`."""
    return {"schema": SCHEMA, "address": host.address, "name": host.name, **_port(result)}


def _host(
    host: ScanHost, results: list[PortResult], protocol: Protocol, verdict: HostVerdict | None
) -> dict[str, object]:
    counts = Counter(result.state for result in results)
    left_out = _left_out(counts)
    listed = sorted((one for one in results if one.state is not left_out), key=lambda one: one.port)
    return {
        "address": host.address,
        "name": host.name,
        "error": None,
        "verdict": verdict.value if verdict else None,
        "ports": [_port(result) for result in listed],
        "counts": {state.value: counts[state] for state in _STATES[protocol]},
    }


def _unresolved(one: Unresolved, protocol: Protocol) -> dict[str, object]:
    return {
        "address": None,
        "name": one.name,
        "error": one.error,
        "verdict": None,
        "ports": [],
        "counts": {state.value: 0 for state in _STATES[protocol]},
    }


def _left_out(counts: Counter[State]) -> State | None:
    """The state that is only counted, None when all are listed."""
    if not counts:
        return None
    state, count = counts.most_common(1)[0]
    return state if state is not State.OPEN and count > _LISTED_ANYWAY else None


def _port(result: PortResult) -> dict[str, object]:
    return {
        "port": result.port,
        "protocol": result.protocol.value,
        "state": result.state.value,
        "reason": result.reason.value,
        "sender": result.sender,
        "icmp": None if result.icmp_type is None else {"type": result.icmp_type, "code": result.icmp_code},
        "rtt_ms": None if result.rtt_ms is None else round(result.rtt_ms, 3),
        "service": service_name(result.port, result.protocol),
    }
