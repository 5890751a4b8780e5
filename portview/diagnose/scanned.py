"""A scanned port explained by the same rules: its result becomes the least Observation that holds it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from portview.diagnose.engine import diagnose
from portview.diagnose.records import Cause, Diagnosis, Statement
from portview.knowledge.load import Kind, phrases
from portview.knowledge.template import fill
from portview.probe import errqueue
from portview.probe.addresses import family_of, is_broadcast, is_own, sender_class
from portview.probe.records import Attempt, IcmpError, NameSource, Observation, Resolution, Target
from portview.scan.records import PortResult, Reason, ScanHost
from portview.sockets.records import LocalSocket
from portview.vocabulary import Confidence, Family, Outcome, Protocol

# The kernel's error that a reason stands for where no ICMP error was seen.
_ERRNO = {
    Reason.CONN_REFUSED: "ECONNREFUSED",
    Reason.RESET: "ECONNREFUSED",
    Reason.PORT_UNREACH: "ECONNREFUSED",
    Reason.SELF_CONNECT: None,
    Reason.HOST_UNREACH: "EHOSTUNREACH",
    Reason.NET_UNREACH: "ENETUNREACH",
    Reason.NO_ROUTE: "ENETUNREACH",
    Reason.PERM_DENIED: "EACCES",
}
_REFUSED = frozenset({Reason.CONN_REFUSED, Reason.RESET, Reason.PORT_UNREACH, Reason.SELF_CONNECT})
_SILENT = frozenset({Reason.NO_RESPONSE, Reason.RATE_LIMITED})
_NOT_SENT = frozenset({Reason.NO_ROUTE, Reason.PERM_DENIED})
_PORT_UNREACHABLE = {Family.IPV4: (3, 3), Family.IPV6: (1, 4)}  # RFC 792, RFC 4443
# A scan waits about this long for each try, too short to see a neighbour that is off.
_SCAN_WAIT_S = 1.0
_MOST_CONTROLS = 3


def diagnose_result(
    result: PortResult,
    host: ScanHost,
    others: Sequence[PortResult] = (),
    language: str = "en",
    listeners: Sequence[LocalSocket] | None = None,
) -> Diagnosis:
    """Explain one port of a scan.

    `others` are results of the same scan: ports of the same address that answered tell a silent
    port from a silent host. Who sent an ICMP error, and what is a broadcast address, is judged by this
    machine's addresses of now. A TCP port that is only taken for rejected (`rate-limited`) was silent all
    the same: the rejection of ports like it is the first of its causes, and only likely. `listeners` are
    this machine's sockets, as for `diagnose`.
    """
    observation = Observation(
        target=Target(host.name or host.address, result.port, result.protocol),
        resolution=Resolution(
            host.name or host.address,
            (host.address,),
            NameSource.SYSTEM if host.name else NameSource.LITERAL,
        ),
        attempts=(_attempt(result),),
        controls=tuple(_attempt(other) for other in _telling(result, others)),
        broadcasts=(result.address,) if result.reason in _NOT_SENT and is_broadcast(result.address) else (),
        this_machine=is_own(result.address),
        hears_icmp=errqueue.SUPPORTED,
        timeout_s=_SCAN_WAIT_S,
        quick=True,
    )
    diagnosis = diagnose(observation, listeners, language)
    if result.protocol is Protocol.TCP and result.reason is Reason.RATE_LIMITED:
        return _taken_for_rejected(diagnosis, result, host, language)
    if result.protocol is Protocol.TCP and result.reason is Reason.NO_RESPONSE:
        return _beside_rejected(diagnosis, result, host, others, language)
    return diagnosis


def _taken_for_rejected(diagnosis: Diagnosis, result: PortResult, host: ScanHost, language: str) -> Diagnosis:
    """A silent port explained by what ports like it are known to get."""
    first = _rejection(result, host, result.sender, Kind.INFERENCE, language)
    others = (
        cause._replace(confidence=Confidence.POSSIBLE) for cause in diagnosis.causes if cause.id != first.id
    )
    summary = phrases("scan", language)["rate_limited"]["summary"]
    return diagnosis._replace(summary=summary, causes=(first, *others))


def _beside_rejected(
    diagnosis: Diagnosis, result: PortResult, host: ScanHost, others: Sequence[PortResult], language: str
) -> Diagnosis:
    """A silent port explained beside rejected ones: most ICMP errors are held back, its own perhaps."""
    like_it = (one for one in others if one.address == result.address and one.protocol is Protocol.TCP)
    rejected = next((one for one in like_it if one.reason is Reason.PORT_UNREACH), None)
    if rejected is None:
        return diagnosis
    last = _rejection(result, host, rejected.sender, Kind.GUESS, language)
    return diagnosis._replace(causes=(*(one for one in diagnosis.causes if one.id != last.id), last))


def _rejection(result: PortResult, host: ScanHost, sender: str | None, known: Kind, language: str) -> Cause:
    """That a silent port is rejected as others are, by what came from `sender` for those."""
    kind, code = _PORT_UNREACHABLE[family_of(result.address)]
    like_it = replace(result, reason=Reason.PORT_UNREACH, sender=sender, icmp_type=kind, icmp_code=code)
    words = phrases("scan", language)["rate_limited"]
    told = words["beside" if known is Kind.GUESS else "because"]
    statement = Statement(fill(told, {"sender": sender or result.address}), known)
    confidence = Confidence.POSSIBLE if known is Kind.GUESS else Confidence.LIKELY
    cause = diagnose_result(like_it, host, language=language).causes[0]
    return cause._replace(confidence=confidence, because=(statement,), against=())


def own_listeners(result: PortResult) -> Sequence[LocalSocket] | None:
    """This machine's sockets where they may tell why one of its own TCP ports is silent; else None."""
    if result.protocol is not Protocol.TCP or result.reason is not Reason.NO_RESPONSE:
        return None
    if not is_own(result.address):
        return None
    from portview.sockets.source import best_source  # psutil is wanted only here

    return best_source().snapshot().sockets


def held_in_silence(
    results: Sequence[PortResult], host: ScanHost, language: str = "en"
) -> Iterator[tuple[PortResult, str]]:
    """The silent TCP ports of this machine that a program listens at, each with its likeliest cause.

    This machine's sockets are read only when there are silent ports.
    """
    silent = [one for one in results if one.protocol is Protocol.TCP and one.reason is Reason.NO_RESPONSE]
    listeners = own_listeners(silent[0]) if silent else None
    if listeners is None:
        return
    held = {one.port for one in listeners if one.is_listener and one.protocol is Protocol.TCP}
    for result in silent:
        if result.port in held:
            diagnosis = diagnose_result(result, host, results, language, listeners)
            yield from ((result, cause.title) for cause in diagnosis.causes[:1])


def silence(result: PortResult, language: str = "en") -> str | None:
    """How far the silence of a port can be trusted; None of a port that was answered."""
    if result.reason is not Reason.NO_RESPONSE:
        return None
    words = phrases("scan", language)["silence"]
    asked = words["once"] if result.tries == 1 else fill(words["asked"], {"tries": str(result.tries)})
    if result.loss is None:
        return f"{asked} {words['unknown']}"
    lost = f"{100 * result.loss:.1f} %"
    return f"{asked} {fill(words['lossy'], {'loss': lost}) if result.loss else words['lossless']}"


def _telling(result: PortResult, others: Sequence[PortResult]) -> list[PortResult]:
    """A few other ports of the same address, those that answered first."""
    same = [other for other in others if other.address == result.address and other.port != result.port]
    return sorted(same, key=lambda other: other.reason in _SILENT)[:_MOST_CONTROLS]


def _attempt(result: PortResult) -> Attempt:
    return Attempt(
        address=result.address,
        family=family_of(result.address),
        port=result.port,
        outcome=_outcome(result),
        elapsed_ms=_elapsed_ms(result),
        errno=_ERRNO.get(result.reason),
        stage="connect" if result.reason in _ERRNO else None,
        icmp=_icmp(result),
        self_connect=result.reason is Reason.SELF_CONNECT,
    )


def _outcome(result: PortResult) -> Outcome:
    udp = result.protocol is Protocol.UDP
    if result.reason in (Reason.SYN_ACK, Reason.UDP_RESPONSE):
        return Outcome.ANSWERED if udp else Outcome.CONNECTED
    if result.reason in _REFUSED:
        return Outcome.REFUSED
    if result.reason in _SILENT:
        return Outcome.NO_ANSWER if udp else Outcome.TIMED_OUT
    if result.reason is Reason.PERM_DENIED and result.icmp_type is None:
        return Outcome.LOCAL_ERROR
    return Outcome.UNREACHABLE


def _elapsed_ms(result: PortResult) -> float:
    """How long it took; a missing route is seen at once, the scan does not time anything else."""
    if result.rtt_ms is not None:
        return result.rtt_ms
    return 0.0 if result.reason is Reason.NO_ROUTE else _SCAN_WAIT_S * 1000


def _icmp(result: PortResult) -> IcmpError | None:
    if result.icmp_type is None or result.icmp_code is None:
        return None
    sender_is = sender_class(result.sender, result.address) if result.sender else None
    return IcmpError(result.icmp_type, result.icmp_code, result.sender, sender_is)
