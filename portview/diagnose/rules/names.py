"""The name: no address at all, a doubtful one, or several that differ."""

from collections.abc import Iterable

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.first_step import is_deaf
from portview.diagnose.icmp import Says
from portview.diagnose.records import Fact, Finding
from portview.diagnose.rules.say import certain, fact, likely, possible
from portview.probe.records import Attempt, NameFailure, NameSource, Resolution
from portview.text import clean
from portview.vocabulary import Family, Outcome, SenderClass

_CAUSE_OF_FAILURE = {
    NameFailure.NXDOMAIN: "dns_nxdomain",
    NameFailure.NODATA: "dns_nodata",
    NameFailure.SERVFAIL: "dns_servfail",
    NameFailure.REFUSED: "dns_refused",
    NameFailure.TIMEOUT: "dns_timeout",
    NameFailure.SERVER_UNREACHABLE: "dns_server_unreachable",
    NameFailure.NO_RESOLVER: "dns_no_resolver",
    NameFailure.IDNA_ERROR: "dns_idna_error",
}
# A lookup that takes this long is felt in every program.
_SLOW_LOOKUP_MS = 1500.0
_FAILED = frozenset({Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.UNREACHABLE, Outcome.NO_ANSWER})


def no_address(evidence: Evidence) -> Iterable[Finding]:
    """The lookup failed, and said how."""
    resolution = evidence.observation.resolution
    if evidence.primary is not None or resolution.failure is None:
        return
    servers = ("name_servers",) if resolution.servers else ()
    if resolution.knowing:
        knowing, known = (clean(", ".join(each)) for each in (resolution.knowing, resolution.known))
        others = fact("name_servers_know", knowing=knowing, known=known)
        yield certain("dns_servers_differ", "name_failure", *servers, others, "first_answer_counts")
    elif elsewhere := _kept_elsewhere(resolution):
        yield likely(elsewhere, "name_failure", *servers, weight=20)
        yield possible("dns_nxdomain", "name_failure")
    elif resolution.failure is NameFailure.SERVER_UNREACHABLE and _forbidden_here(resolution):
        yield likely("client_out_drop", "name_server_error", "eperm_out", *servers, weight=20)
        yield possible("dns_server_unreachable", "name_failure")
    elif cause := _CAUSE_OF_FAILURE.get(resolution.failure):
        error = ("name_server_error",) if resolution.failure is NameFailure.SERVER_UNREACHABLE else ()
        finding = likely if is_deaf(evidence) else certain
        yield finding(cause, "name_failure", *servers, *error)
    elif not resolution.dns_addresses:
        detail = ("name_detail",) if resolution.detail else ()
        cause = "dns_servfail" if resolution.servers else "dns_no_resolver"
        yield possible(cause, "name_failure", *detail, *servers, weight=10)
        if resolution.system_error == "EAI_NONAME":
            yield possible("dns_nxdomain", "name_failure", *servers)


def _kept_elsewhere(resolution: Resolution) -> str | None:
    """The cause where a name that DNS does not know is usually kept in another place."""
    if resolution.failure is not NameFailure.NXDOMAIN:
        return None
    if _label(resolution.name) == "local":
        return "dns_mdns_name"
    return "dns_short_name" if "." not in resolution.name.rstrip(".") else None


def _forbidden_here(resolution: Resolution) -> bool:
    """Whether this machine let no question out."""
    return all("EPERM" in error for error in (resolution.detail or "").split(","))


def _label(name: str) -> str:
    """The last label of a name, in small letters."""
    return name.rstrip(".").lower().rpartition(".")[2]


def slow_lookup(evidence: Evidence) -> Iterable[Finding]:
    """The name was found, but only after seconds, as for every program here."""
    resolution = evidence.observation.resolution
    if evidence.primary is None or resolution.elapsed_ms < _SLOW_LOOKUP_MS:
        return
    silent = ("name_servers_silent",) if resolution.silent_servers else ()
    unanswered = [
        fact("name_unanswered", record="AAAA" if family is Family.IPV6 else "A")
        for family in resolution.unanswered
    ]
    yield certain("dns_slow", "name_slow", *silent, *unanswered, aside=True)


def system_lookup_differs(evidence: Evidence) -> Iterable[Finding]:
    """DNS has the answer, and the lookup that every program here uses does not give it."""
    if evidence.primary is None and evidence.observation.resolution.dns_addresses:
        yield likely("dns_nsswitch", "name_failure", "name_dns_knows")


def hosts_file(evidence: Evidence) -> Iterable[Finding]:
    """A line in /etc/hosts led here; it matters when the knock failed or DNS says otherwise."""
    resolution = evidence.observation.resolution
    if resolution.source is not NameSource.HOSTS or evidence.primary is None or evidence.this_machine:
        return
    differs = resolution.dns_addresses is not None and not (
        set(resolution.dns_addresses) & set(resolution.addresses)
    )
    if differs and resolution.dns_addresses:
        because = ("name_from_hosts", "name_dns_differs")
        if evidence.outcome.is_success:
            yield likely("dns_hosts_override", *because, aside=True)
        elif _shows_no_life(evidence):
            yield likely("dns_hosts_override", *because, weight=30, astray=True)
        else:
            yield possible("dns_hosts_override", *because, weight=5, against=["address_is_alive"])
    elif evidence.outcome in _FAILED:
        yield possible("dns_hosts_override", "name_from_hosts")


def _shows_no_life(evidence: Evidence) -> bool:
    """Whether nothing at the address has answered: a machine there would make the line look intended."""
    nobody = evidence.outcome in _FAILED - {Outcome.REFUSED} and evidence.sender_is is not SenderClass.TARGET
    return nobody and not evidence.answering_controls


def fake_ip(evidence: Evidence) -> Iterable[Finding]:
    """An address of the benchmark network can only come from a proxy's own name server."""
    if not evidence.by_name or evidence.address_kind is not AddressKind.FAKE_IP:
        return
    met = evidence.outcome in (Outcome.CONNECTED, Outcome.CLOSED_BY_PEER, Outcome.ANSWERED)
    yield likely("fake_ip_dns" if met else "dns_fake_ip", "address_fake", weight=100)


def inner_address(evidence: Evidence) -> Iterable[Finding]:
    """An address that exists only inside some network, and did not answer."""
    if evidence.outcome not in _FAILED - {Outcome.REFUSED} or evidence.this_machine:
        return
    if evidence.address_kind is AddressKind.CGNAT:
        yield possible("cgnat", "address_cgnat", weight=35)
    if evidence.by_name and evidence.address_kind is AddressKind.PRIVATE:
        yield possible("dns_private", "name_gave_address", "address_private", weight=15)


def leads_back(evidence: Evidence) -> Iterable[Finding]:
    """A name of somebody else that leads to this machine's loopback."""
    resolution = evidence.observation.resolution
    if not evidence.by_name or evidence.primary is None or resolution.source is NameSource.HOSTS:
        return
    if evidence.address_kind is AddressKind.UNSPECIFIED:
        # Somebody may have written that into the record himself.
        yield likely("dns_blocked", "address_is_none", astray=True)
    elif evidence.address_kind is AddressKind.LOOPBACK and _label(resolution.name) != "localhost":
        works = evidence.outcome.is_success
        yield likely("dns_loopback", "address_leads_back", weight=60, aside=works, astray=not works)


def placeholder(evidence: Evidence) -> Iterable[Finding]:
    """An address that is set aside for examples or for nothing, and shows no life."""
    silent = evidence.outcome in (Outcome.TIMED_OUT, Outcome.NO_ANSWER) and not evidence.answering_controls
    if silent and evidence.by_name and evidence.address_kind is AddressKind.RESERVED:
        yield likely("dns_reserved", "name_gave_address", "address_reserved", weight=55)


def completed_name(evidence: Evidence) -> Iterable[Finding]:
    """The search list made another name of the one that was typed: usually meant so where it has no dot."""
    resolution = evidence.observation.resolution
    if resolution.completed is None or evidence.this_machine:
        return
    works = evidence.outcome.is_success
    if evidence.outcome in _FAILED or (works and "." in resolution.name):
        completed = fact("name_completed", completed=resolution.completed)
        yield possible("dns_search_domain", completed, weight=3, aside=works)


def old_record(evidence: Evidence) -> Iterable[Finding]:
    """A name's record may lead to where the machine was, unless somebody names the true reason."""
    recorded = evidence.by_name and evidence.observation.resolution.source is not NameSource.HOSTS
    explained = evidence.says is not None and evidence.says is not Says.HOST
    if recorded and evidence.outcome in _FAILED and not (evidence.this_machine or explained):
        yield possible("stale_dns", "name_gave_address", "usual_reason", weight=2)


def some_addresses_fail(evidence: Evidence) -> Iterable[Finding]:
    """Of several addresses in one family, some work."""
    for family in Family:
        working, failing = evidence.working(family), evidence.failing(family)
        if working and failing:
            yield certain("dns_multi_a_partial", *_both(working, failing), aside=True)
            return


def families_differ(evidence: Evidence) -> Iterable[Finding]:
    """One family works and the other does not, all of its addresses heard out."""
    if evidence.observation.cancelled:
        return
    for good, bad, only in ((Family.IPV4, Family.IPV6, "v4_only"), (Family.IPV6, Family.IPV4, "v6_only")):
        working, failing = evidence.working(good), evidence.failing(bad)
        if not working or not failing or evidence.working(bad):
            continue
        facts = _both(working, failing)
        if all(attempt.outcome is Outcome.REFUSED and attempt.icmp is None for attempt in failing):
            yield likely(only, *facts, "family_differs", aside=True)
        elif bad is Family.IPV6:
            own_fault = all(_never_left(attempt) for attempt in failing)
            yield likely("no_local_ipv6" if own_fault else "dns_aaaa_broken", *facts, aside=True)
        elif not all(_never_left(attempt) for attempt in failing):
            yield likely("dns_multi_a_partial", *facts, aside=True)


def _never_left(attempt: Attempt) -> bool:
    """Whether this machine had no way to send it."""
    return attempt.icmp is None and attempt.outcome in (Outcome.UNREACHABLE, Outcome.LOCAL_ERROR)


def _both(working: tuple[Attempt, ...], failing: tuple[Attempt, ...]) -> tuple[Fact, Fact]:
    return fact("family_works", working=_list(working)), fact("addresses_fail", failing=_list(failing))


def _list(attempts: tuple[Attempt, ...]) -> str:
    return ", ".join(dict.fromkeys(attempt.address for attempt in attempts))


RULES = (
    no_address,
    slow_lookup,
    system_lookup_differs,
    hosts_file,
    fake_ip,
    inner_address,
    leads_back,
    placeholder,
    completed_name,
    old_record,
    some_addresses_fail,
    families_differ,
)
