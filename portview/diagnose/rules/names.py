"""The name: no address at all, a doubtful one, or several that differ."""

from collections.abc import Iterable
from dataclasses import replace

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.icmp import Says
from portview.diagnose.records import Fact, Finding
from portview.diagnose.rules.say import certain, fact, likely, possible
from portview.probe.records import Attempt, NameFailure, NameSource
from portview.vocabulary import Family, Outcome

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
_UNSPECIFIED = frozenset({"0.0.0.0", "::"})
_FAILED = frozenset({Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.UNREACHABLE, Outcome.NO_ANSWER})


def no_address(evidence: Evidence) -> Iterable[Finding]:
    """The lookup failed, and said how."""
    resolution = evidence.observation.resolution
    if evidence.primary is not None or resolution.failure is None:
        return
    servers = ("name_servers",) if resolution.servers else ()
    if cause := _CAUSE_OF_FAILURE.get(resolution.failure):
        error = ("name_server_error",) if resolution.failure is NameFailure.SERVER_UNREACHABLE else ()
        yield certain(cause, "name_failure", *servers, *error)
    elif not resolution.dns_addresses:
        detail = ("name_detail",) if resolution.detail else ()
        yield possible("dns_no_resolver", "name_failure", *detail, *servers, weight=10)
        if resolution.system_error == "EAI_NONAME":
            yield possible("dns_nxdomain", "name_failure", *servers)


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
        finding = likely("dns_hosts_override", "name_from_hosts", "name_dns_differs", weight=30)
        yield replace(finding, aside=evidence.outcome.is_success)
    elif evidence.outcome in _FAILED:
        yield possible("dns_hosts_override", "name_from_hosts")


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
    if evidence.address_kind is not AddressKind.LOOPBACK and evidence.address not in _UNSPECIFIED:
        return
    if not resolution.name.rstrip(".").lower().endswith("localhost"):
        finding = likely("dns_loopback", "address_leads_back", weight=60)
        yield replace(finding, aside=evidence.outcome.is_success)


def placeholder(evidence: Evidence) -> Iterable[Finding]:
    """An address that is set aside for examples or for nothing, and shows no life."""
    silent = evidence.outcome in (Outcome.TIMED_OUT, Outcome.NO_ANSWER) and not evidence.answering_controls
    if silent and evidence.by_name and evidence.address_kind is AddressKind.RESERVED:
        yield likely("dns_reserved", "name_gave_address", "address_reserved", weight=55)


def completed_name(evidence: Evidence) -> Iterable[Finding]:
    """The search list made another name of the one that was typed."""
    completed = evidence.observation.resolution.completed
    if completed and evidence.outcome in _FAILED and not evidence.this_machine:
        yield possible("dns_search_domain", fact("name_completed", completed=completed), weight=3)


def old_record(evidence: Evidence) -> Iterable[Finding]:
    """A name may lead to where the machine was, unless somebody names the true reason."""
    explained = evidence.says is not None and evidence.says is not Says.HOST
    if evidence.by_name and evidence.outcome in _FAILED and not (evidence.this_machine or explained):
        yield possible("stale_dns", "name_gave_address", "usual_reason", weight=2)


def some_addresses_fail(evidence: Evidence) -> Iterable[Finding]:
    """Of several addresses in one family, some work."""
    for family in Family:
        working, failing = evidence.working(family), evidence.failing(family)
        if working and failing:
            yield replace(certain("dns_multi_a_partial", *_both(working, failing)), aside=True)
            return


def families_differ(evidence: Evidence) -> Iterable[Finding]:
    """One family works and the other does not."""
    for good, bad, only in ((Family.IPV4, Family.IPV6, "v4_only"), (Family.IPV6, Family.IPV4, "v6_only")):
        working, failing = evidence.working(good), evidence.failing(bad)
        if not working or not failing or evidence.working(bad):
            continue
        facts = _both(working, failing)
        if all(attempt.outcome is Outcome.REFUSED and attempt.icmp is None for attempt in failing):
            yield replace(likely(only, *facts, "family_differs"), aside=True)
        elif bad is Family.IPV6:
            own_fault = all(_never_left(attempt) for attempt in failing)
            yield replace(likely("no_local_ipv6" if own_fault else "dns_aaaa_broken", *facts), aside=True)


def _never_left(attempt: Attempt) -> bool:
    """Whether this machine had no way to send it."""
    return attempt.icmp is None and attempt.outcome in (Outcome.UNREACHABLE, Outcome.LOCAL_ERROR)


def _both(working: tuple[Attempt, ...], failing: tuple[Attempt, ...]) -> tuple[Fact, Fact]:
    return fact("family_works", working=_list(working)), fact("addresses_fail", failing=_list(failing))


def _list(attempts: tuple[Attempt, ...]) -> str:
    return ", ".join(dict.fromkeys(attempt.address for attempt in attempts))


RULES = (
    no_address,
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
