"""Services that should not face a network, known by program, by command line or by port."""

from collections.abc import Iterable

from portview.diagnose.findings.case import Case, Concern
from portview.knowledge.load import RiskText, risk_texts, risks
from portview.knowledge.programs import usual_ports
from portview.vocabulary import Confidence


def risky_service(case: Case) -> Iterable[Concern]:
    """The program says most; a port alone only hints, and not where another program is known to have it."""
    if not case.is_exposed:
        return
    found = {risk.id: known for risk in risk_texts().values() if (known := _known_by(risk, case)) is not None}
    by_program = any(because == "program" for because in found.values())
    for risk_id, because in found.items():
        if because == "port" and by_program:
            continue
        confidence = Confidence.POSSIBLE if because == "port" else Confidence.LIKELY
        values = (("program", case.program or "?"), ("port", str(case.socket.port)))
        yield Concern(risk_id, confidence, values, because, risk=True)


def _known_by(risk: RiskText, case: Case) -> str | None:
    """By what a risk is known here: `program`, `command`, `behind` (a forwarder) or `port`."""
    if case.known_as in risk.programs:
        return "program"
    lines = [" ".join(process.arguments) for process in case.processes]
    lines += [owner.command for owner in case.socket.owners if owner.command]
    if any(words in line for words in risk.commands for line in lines):
        return "command"
    protocol = case.socket.protocol.value
    targets = case.about.forward.targets if case.about.forward else ()
    if any(risks().get((port, protocol)) == risk for port in map(_port_of, targets)):
        return "behind"
    if risks().get((case.socket.port, protocol)) != risk:
        return None
    usual = usual_ports().get(case.known_as)
    return None if usual is not None and case.socket.port not in usual else "port"


def _port_of(target: str) -> int:
    port = target.rpartition(":")[2]
    return int(port) if port.isdecimal() else 0


RULES = (risky_service,)
