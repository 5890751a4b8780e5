"""The port works, and a client that checks the server's certificate turns away."""

from collections.abc import Iterable

from portview.diagnose.certificates import Doubt, doubts
from portview.diagnose.evidence import Evidence
from portview.diagnose.records import Finding
from portview.diagnose.rules.say import certain

_FAILS = 500  # RFC 9110, section 15.6: the server's own failures
_CAUSES = {
    Doubt.EXPIRED: ("tls_certificate_expired", 30),
    Doubt.EARLY: ("tls_certificate_early", 30),
    Doubt.OTHER_NAME: ("tls_certificate_name", 20),
    Doubt.SELF_SIGNED: ("tls_certificate_self_signed", 10),
}


def doubtful(evidence: Evidence) -> Iterable[Finding]:
    """What the certificate says of itself does not fit the time or the name, or nobody vouches for it.

    Whoever made a certificate at home has told his clients to take it, and a server that fails has a
    nearer reason: then these are remarks.
    """
    if not evidence.is_tcp or evidence.tls is None:
        return
    found = doubts(evidence.tls, evidence.observation.started)
    fails = evidence.http is not None and evidence.http.status >= _FAILS
    for doubt in found:
        cause, weight = _CAUSES[doubt]
        yield certain(cause, f"certificate_{doubt}", weight=weight, aside=fails or Doubt.SELF_SIGNED in found)


RULES = (doubtful,)
