"""The TCP handshake was completed: what the server said, and how it ended."""

from collections.abc import Iterable

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.exchanged import serves_behind_proxy_line
from portview.diagnose.farewell import causes_said, says_no
from portview.diagnose.go_between import cause_behind
from portview.diagnose.records import Fact, Finding
from portview.diagnose.rules.say import certain, fact, hung, likely, possible
from portview.diagnose.speech import protocols_of
from portview.knowledge.speech import greets_first, is_ssh, usual_speech, waits_for_client
from portview.probe.records import Closing
from portview.vocabulary import Outcome

# When Linux sends a SYN again (tcp_syn_linear_timeouts; before Linux 6.5 after 1, 3 and 7 s).
_RESENDS_MS = (1000, 2000, 3000, 4000)
_LATE_MS = 300  # how late a busy machine may be to see the answer
_SMB_PORTS = frozenset({139, 445})
# Protocols with a TLS twin on another port, and the services where they begin in plain text (RFC 8314).
_TWINS = frozenset({"SMTP", "IMAP", "POP3", "FTP"})
_STARTTLS = frozenset({"smtp", "submission", "imap", "pop3"})


def _is_open(evidence: Evidence) -> bool:
    """Connected over TCP, and the peer has not hung up."""
    return evidence.is_tcp and evidence.outcome is Outcome.CONNECTED


def _closed_silently(evidence: Evidence) -> bool:
    """The handshake was completed, and the peer ended it without a word."""
    return (
        evidence.is_tcp
        and evidence.outcome is Outcome.CLOSED_BY_PEER
        and not evidence.words
        and not evidence.exchanges
    )


def _closing(evidence: Evidence) -> str:
    if not evidence.at_once:
        return "closed_after_wait"
    by_reset = evidence.primary is not None and evidence.primary.closed_by is Closing.RST
    return "closed_at_once_rst" if by_reset else "closed_at_once_fin"


def speaks(evidence: Evidence) -> Iterable[Finding]:
    """The server greets: the program behind the port is alive."""
    if not _is_open(evidence) or not evidence.words or says_no(evidence.words):
        return
    spoken, usual = protocols_of(evidence.words), usual_speech(evidence.service)
    if usual == "TLS" and spoken & _TWINS:
        yield certain("tls_not_expected", "banner", "starts_plain", weight=20)
        yield certain("healthy", "handshake", "banner", weight=10)
    elif spoken and usual and usual not in spoken:
        yield likely("healthy", "handshake", "banner", weight=10)
        yield likely("wrong_port", "banner", "speech_other", weight=20)
    elif spoken:
        meaning = "speech_expected" if usual else "speech_known"
        starts_plain = ("starts_plain",) if evidence.service in _STARTTLS else ()
        yield certain("healthy", "handshake", "banner", meaning, *starts_plain, weight=10)
    elif greets_first(evidence.service):
        yield likely("wrong_port", "banner", "speech_unknown", weight=20)
        yield likely("healthy", "handshake", "banner", weight=10)
        yield possible("tarpit", "banner", "speech_unknown", weight=10)
    else:
        yield certain("healthy", "handshake", "banner", weight=10)
    if "TLS" in spoken and usual != "TLS":
        yield possible("tls_expected", "banner", "speech_known")


def waits(evidence: Evidence) -> Iterable[Finding]:
    """The server is silent: normal for most, suspect for those who greet."""
    if not _is_open(evidence) or evidence.words or evidence.exchanges or serves_behind_proxy_line(evidence):
        return
    if evidence.words_lost and not evidence.not_heard_out:
        return
    if evidence.not_heard_out:
        why = "quick" if evidence.observation.quick else "cut_short"
        yield likely("healthy", "handshake", why, weight=10)
    elif greets_first(evidence.service):
        yield hung(evidence, "handshake", "no_greeting", weight=10)
        yield possible("slow_greeting", "no_greeting", "usual_reason", weight=5)
        yield possible("healthy", "handshake")
        yield possible("backend_down", "handshake", "no_greeting")
    else:
        silence = "client_speaks_first" if waits_for_client(evidence.service) else "silence_is_common"
        yield likely("healthy", "handshake", silence, weight=10)


def farewell(evidence: Evidence) -> Iterable[Finding]:
    """The server said why it hangs up, or that it does not serve."""
    hung_up = evidence.outcome is Outcome.CLOSED_BY_PEER
    if not evidence.is_tcp or not evidence.words or not (hung_up or _is_open(evidence)):
        return
    said = "closed_after_text" if hung_up else "banner"
    causes = causes_said(evidence.words)
    for place, (cause, confidence) in enumerate(causes):
        yield Finding(cause, confidence, (Fact(said),), weight=30 - place)
    if hung_up and not causes:
        yield possible("access_list", said, "usual_reason", weight=10)
        yield possible("conn_limit", said, "usual_reason")


def closed_without_a_word(evidence: Evidence) -> Iterable[Finding]:
    """A go-between without a backend, an access list, or a limit."""
    if not _closed_silently(evidence):
        return
    closing = _closing(evidence)
    yield possible("backend_down", closing, "usual_reason", weight=50)
    yield possible("lb_no_backend", closing, "usual_reason", weight=10)
    if evidence.at_once:
        yield possible("access_list", closing, "usual_reason", weight=40)
        yield possible("conn_limit", closing, "usual_reason", weight=30)
        yield possible("tcp_wrappers", closing, "usual_reason", weight=5)
        if not evidence.this_machine:
            yield _proxy_on_this_side(evidence, closing)
    if closing == "closed_at_once_rst":
        yield possible("abort_on_overflow", closing, "usual_reason", weight=15)
        if evidence.address_kind is AddressKind.PUBLIC:
            yield possible("rst_injector", closing, "rst_forged", weight=2)


def _proxy_on_this_side(evidence: Evidence, closing: str) -> Finding:
    if (refused := evidence.refused_control) is None:
        return possible("transparent_proxy_client", closing, "usual_reason", weight=20)
    other = fact("control_answers", control=str(refused.port), control_outcome=refused.outcome.value)
    return possible("transparent_proxy_client", closing, weight=1, against=[other, "proxies_take_all"])


def closed_by_known_service(evidence: Evidence) -> Iterable[Finding]:
    """SSH and SMB servers have reasons of their own to hang up at once."""
    if not _closed_silently(evidence) or not evidence.at_once:
        return
    if is_ssh(evidence.port, evidence.protocol):
        yield possible("sshd_maxstartups", _closing(evidence), weight=60)
        yield possible("sshd_source_penalty", _closing(evidence), weight=55)
    if evidence.port in _SMB_PORTS:
        yield possible("samba_hosts_allow", _closing(evidence), weight=60)


def closed_by_go_between(evidence: Evidence) -> Iterable[Finding]:
    """The listener on this machine is a program that accepts for another."""
    if not _closed_silently(evidence) or evidence.here.hearing is None:
        return
    if cause := cause_behind(evidence.here.hearing):
        yield likely(cause, _closing(evidence), "here_listener", "proxy_process", weight=50)


def first_syn_lost(evidence: Evidence) -> Iterable[Finding]:
    """The handshake took as long as it takes to send the SYN again, on a way that is far shorter."""
    one = evidence.primary
    if one is None or not evidence.is_tcp or not evidence.outcome.had_handshake or one.rtt_ms is None:
        return
    late_ms = one.elapsed_ms - one.rtt_ms
    resent = any(0 <= late_ms - resend_ms < _LATE_MS for resend_ms in _RESENDS_MS)
    if resent and one.rtt_ms < _LATE_MS:
        late = fact("late_handshake", rtt=f"{one.rtt_ms:.1f} ms")
        yield likely("syn_lost", late, "syn_again", aside=True)


def met_itself(evidence: Evidence) -> Iterable[Finding]:
    """A socket that is its own peer proves that no listener took the port."""
    if evidence.primary is not None and evidence.primary.self_connect:
        yield certain("no_listener", "self_connect")


RULES = (
    speaks,
    waits,
    farewell,
    closed_without_a_word,
    closed_by_known_service,
    closed_by_go_between,
    first_syn_lost,
    met_itself,
)
