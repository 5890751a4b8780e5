"""A scanned port as JSON-ready data, and back."""

from portview.knowledge.services import service_name
from portview.scan.records import HostFacts, PortResult, ScanHost
from portview.scan.said import Said

SCHEMA = 1


def line(result: PortResult, host: ScanHost, said: Said | None = None) -> dict[str, object]:
    """One finished port, for a line of `scan --jsonl`."""
    return {"schema": SCHEMA, "address": host.address, "name": host.name, **port_document(result, said)}


def port_document(result: PortResult, said: Said | None = None) -> dict[str, object]:
    """One finished port; `said` is null where no words were asked for or none came."""
    return {
        "port": result.port,
        "protocol": result.protocol.value,
        "state": result.state.value,
        "reason": result.reason.value,
        "sender": result.sender,
        "icmp": None if result.icmp_type is None else {"type": result.icmp_type, "code": result.icmp_code},
        "rtt_ms": _rounded(result.rtt_ms),
        "tries": result.tries,
        "loss": _rounded(result.loss),
        "service": service_name(result.port, result.protocol),
        "said": said.document() if said else None,
    }


def facts_document(facts: HostFacts) -> dict[str, object]:
    """What a scan learned of a host beside its ports."""
    return {
        "loss": _rounded(facts.loss),
        "rtt_ms": _rounded(facts.rtt_ms),
        "sampled": facts.sampled,
        "rejected": facts.rejected,
        "random_asked": facts.random_asked,
        "random_open": facts.random_open,
        "answered_nearby": facts.is_answered_nearby,
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
