"""The JSON document of `portview probe --json`: a public contract, schema 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portview.diagnose.records import Cause, Diagnosis, Statement
from portview.diagnose.spoken_document import exchange_keys
from portview.diagnose.traced import path_document
from portview.probe.records import Attempt, IcmpError, Nudge, Observation, Resolution
from portview.text import clean, clean_bytes

if TYPE_CHECKING:  # a quick knock has none
    from portview.probe.route import Route

SCHEMA = 1
_DIGITS = 3  # of milliseconds


def document(observation: Observation, diagnosis: Diagnosis) -> dict[str, object]:
    """The document, ready for `json.dumps`.

    A null in an attempt means that there is none of it, unless `unknown_because` names the key
    (`attempts.tls`): then it is not known: a `path` that was `not_traced`, how far the target is where
    nothing of it came back (`no_answer`), a `route` that was `not_asked` for or that is one of several
    (`shared`), what the kernel does not tell (`not_told`: a `route`, whether its `nearest` answers, who sent
    an ICMP error, what a `clamp_test` counts, and elsewhere than on Linux `attempts.icmp`), TLS `not_tried`
    where no hello was sent. What was `cancelled` is there as far as it had come.
    `because` and `against` say how each sentence is known: `fact: ...`, `inference: ...`,
    `guess: ...`; `check` says in front where to do it, unless it is here.
    """
    target = observation.target
    path = path_document(observation.path) if observation.path else None
    route = observation.route if observation.route and not observation.route.shared else None
    unknown = _unknown_around(observation, route)
    if path and path["target_ttl"] is None:
        unknown["path.target_ttl"] = "no_answer"
    return {
        "schema": SCHEMA,
        "target": {"host": clean(target.host), "port": target.port, "protocol": target.protocol.value},
        "outcome": diagnosis.outcome.value,
        "pattern": diagnosis.pattern,
        "title": diagnosis.title,
        "summary": diagnosis.summary,
        "resolution": _resolution(observation.resolution),
        "this_machine": observation.this_machine,
        "attempts": [_attempt(attempt) for attempt in observation.attempts],
        "controls": None if observation.quick else [_control(control) for control in observation.controls],
        "path": path,
        "route": _route(route) if route else None,
        "causes": [_cause(cause) for cause in diagnosis.causes],
        "unknown_because": unknown | _unknown_of_attempts(observation),
        "cancelled": observation.cancelled,
        "elapsed_ms": round(observation.elapsed_ms, _DIGITS),
    }


def _unknown_around(observation: Observation, route: Route | None) -> dict[str, str]:
    unknown = {} if observation.path else {"path": "cancelled" if observation.cancelled else "not_traced"}
    if route:
        if not route.nearest and not route.tunnel:
            unknown["route.nearest"] = "not_told"
    elif observation.route:
        unknown["route"] = "shared"
    else:
        asked = observation.attempts and not (observation.quick or observation.this_machine)
        unknown["route"] = "not_told" if asked else "not_asked"
    if observation.quick:
        unknown["controls"] = "not_tried"
    elif observation.cancelled:
        unknown["controls"] = "cancelled"
    return unknown


def _unknown_of_attempts(observation: Observation) -> dict[str, str]:
    attempts, unknown = observation.attempts, dict[str, str]()
    if not any(one.nudge is Nudge.TLS for attempt in attempts for one in attempt.exchanges):
        unknown["tls"] = "not_tried"
    if not observation.hears_icmp:
        unknown["icmp"] = "not_told"
    untold = {
        "icmp.sender": any(attempt.icmp and not attempt.icmp.sender for attempt in attempts),
        "icmp.sender_is": any(attempt.icmp and not attempt.icmp.sender_is for attempt in attempts),
        "clamp_test.unacknowledged": any(
            attempt.clamp and attempt.clamp.unacknowledged is None for attempt in attempts
        ),
        "clamp_test.out_of_order": any(
            attempt.clamp and attempt.clamp.out_of_order is None for attempt in attempts
        ),
    }
    unknown |= {key: "not_told" for key, is_so in untold.items() if is_so}
    if observation.quick:
        unknown["first_bytes"] = "not_awaited"
    elif observation.cancelled:
        unknown["first_bytes"] = "cancelled"
    return {f"attempts.{key}": why for key, why in unknown.items()}


def _resolution(resolution: Resolution) -> dict[str, object]:
    return {
        "addresses": [clean(address) for address in resolution.addresses],
        "source": resolution.source.value,
        "failure": resolution.failure.value if resolution.failure else None,
        "detail": clean(resolution.detail) if resolution.detail else None,
        "elapsed_ms": round(resolution.elapsed_ms, _DIGITS),
    }


def _route(route: Route) -> dict[str, object]:
    """How the packets leave this machine; `nearest` is whether the next machine answers, null: not known."""
    return {
        "device": clean(route.device),
        "gateway": clean(route.gateway) if route.gateway else None,
        "source": clean(route.source) if route.source else None,
        "tunnel": route.tunnel,
        "carrier": route.carrier,
        "nearest": route.nearest.value if route.nearest else None,
        "passed_over": {"network": clean(route.own_network), "device": clean(route.own_device or "")}
        if route.own_network
        else None,
    }


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "address": clean(attempt.address),
        "family": attempt.family.value,
        "outcome": attempt.outcome.value,
        "errno": attempt.errno,
        "elapsed_ms": round(attempt.elapsed_ms, _DIGITS),
        "icmp": _icmp(attempt.icmp) if attempt.icmp else None,
        "first_bytes": None if attempt.first_bytes is None else clean_bytes(attempt.first_bytes),
        "closed_by": attempt.closed_by.value if attempt.closed_by else None,
        **exchange_keys(attempt),
        "rtt_ms": None if attempt.rtt_ms is None else round(attempt.rtt_ms, _DIGITS),
    }


def _icmp(error: IcmpError) -> dict[str, object]:
    return {
        "type": error.type,
        "code": error.code,
        "sender": clean(error.sender) if error.sender else None,
        "sender_is": error.sender_is.value if error.sender_is else None,
    }


def _control(control: Attempt) -> dict[str, object]:
    return {
        "address": clean(control.address),
        "port": control.port,
        "outcome": control.outcome.value,
        "elapsed_ms": round(control.elapsed_ms, _DIGITS),
    }


def _cause(cause: Cause) -> dict[str, object]:
    return {
        "id": cause.id,
        "confidence": cause.confidence.value,
        "title": cause.title,
        "explanation": cause.explanation,
        "because": [_statement(statement) for statement in cause.because],
        "against": [_statement(statement) for statement in cause.against],
        "check": [check.text for check in cause.check],
        "fix": cause.fix or None,
    }


def _statement(statement: Statement) -> str:
    return f"{statement.kind.value}: {statement.text}"
