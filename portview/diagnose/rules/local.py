"""This machine stopped the knock itself: limits, policies, addresses and routes."""

from collections.abc import Iterable

from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.records import Finding
from portview.diagnose.rules.say import certain, likely, possible
from portview.vocabulary import Outcome

_NO_ROUTE = frozenset({"ENETUNREACH", "EHOSTUNREACH", "ENETDOWN"})


def _stopped_here(evidence: Evidence, *errnos: str) -> bool:
    """A local error with one of these names, and no ICMP error that could have caused it."""
    return evidence.outcome is Outcome.LOCAL_ERROR and evidence.says is None and evidence.errno in errnos


def no_port_left(evidence: Evidence) -> Iterable[Finding]:
    """EADDRNOTAVAIL: no local port, or no local address of that family."""
    if not _stopped_here(evidence, "EADDRNOTAVAIL"):
        return
    if evidence.is_ipv6 and not evidence.this_machine:
        # The kernel says the same for both; a machine without IPv6 is by far the more common one.
        yield possible("no_local_ipv6", "local_errno", "ipv6_attempt", weight=10)
        yield possible("ephemeral_exhausted", "local_errno")
    else:
        yield likely("ephemeral_exhausted", "local_errno")


def too_many_files(evidence: Evidence) -> Iterable[Finding]:
    """EMFILE (this process) and ENFILE (the system) mean nothing else (socket(2))."""
    if _stopped_here(evidence, "EMFILE", "ENFILE"):
        yield certain("fd_limit", "local_errno")


def forbidden(evidence: Evidence) -> Iterable[Finding]:
    """EPERM and EACCES without an ICMP error come from a rule of this machine."""
    if not _stopped_here(evidence, "EPERM", "EACCES") or evidence.stopped_by_address:
        return
    sending = evidence.primary is not None and evidence.primary.stage == "send"
    if evidence.errno == "EPERM" and sending:
        # A datagram that netfilter's OUTPUT hook drops fails with EPERM; a TCP SYN only vanishes.
        yield likely("client_out_drop", "local_errno", "eperm_out", weight=20)
        if evidence.table_is_full:
            yield likely("conntrack_full", "local_errno", "table_full", weight=30)
        elif evidence.table_is_full is None:
            yield possible("conntrack_full", "local_errno")
        yield possible("local_policy", "local_errno", weight=10)
    else:
        yield likely("local_policy", "local_errno")


def unusable_address(evidence: Evidence) -> Iterable[Finding]:
    """An address that names no single machine, or lacks its interface."""
    if evidence.stopped_by_address:
        kind = f"address_{evidence.address_kind.name.lower()}"
        yield certain("bad_target_address", kind, "local_errno", weight=50)
    elif _stopped_here(evidence, "EINVAL") and _lacks_interface(evidence):
        yield certain("bad_target_address", "address_link_local", "local_errno", weight=50)


def _lacks_interface(evidence: Evidence) -> bool:
    return (
        evidence.is_ipv6
        and evidence.address_kind is AddressKind.LINK_LOCAL
        and "%" not in (evidence.address or "")
    )


def special_route(evidence: Evidence) -> Iterable[Finding]:
    """A `blackhole` route answers EINVAL (ip-route(8))."""
    if _stopped_here(evidence, "EINVAL") and not _lacks_interface(evidence):
        yield likely("no_local_route", "local_errno")


def family_missing(evidence: Evidence) -> Iterable[Finding]:
    """The kernel has no such address family, or a sandbox hides it (systemd.exec(5))."""
    if not _stopped_here(evidence, "EAFNOSUPPORT"):
        return
    if evidence.is_ipv6:
        yield likely("no_local_ipv6", "local_errno", "ipv6_attempt", weight=10)
        yield possible("local_policy", "local_errno")
    else:
        yield likely("local_policy", "local_errno")


def no_route(evidence: Evidence) -> Iterable[Finding]:
    """connect() failed at once: the routing table decided, no packet was sent."""
    if (
        evidence.outcome is not Outcome.UNREACHABLE
        or evidence.says is not None
        or not evidence.quick_as_local
    ):
        return
    if evidence.errno not in _NO_ROUTE or evidence.stopped_by_address:
        return
    if evidence.is_ipv6 and evidence.errno == "ENETUNREACH":
        # To an inner network leads a route of its own, also where all other IPv6 works.
        outside = evidence.address_kind is not AddressKind.PRIVATE
        ipv6, route = (likely, possible) if outside else (possible, likely)
        yield ipv6("no_local_ipv6", "local_errno", "no_route_at_once", "ipv6_attempt", weight=10)
        yield route("no_local_route", "local_errno", "no_route_at_once")
    else:
        # Where ICMP errors are kept back, a neighbour that was sought in vain before looks so too.
        told = evidence.observation.hears_icmp or evidence.errno != "EHOSTUNREACH"
        finding = certain if evidence.instant and told else likely
        yield finding("no_local_route", "local_errno", "no_route_at_once")


RULES = (
    no_port_left,
    too_many_files,
    forbidden,
    unusable_address,
    special_route,
    family_missing,
    no_route,
)
