"""DNS asked directly, so that each way of failing can be told apart (dnspython)."""

import threading
import time
from dataclasses import dataclass
from functools import partial

import dns.exception
import dns.rcode
import dns.resolver

from portview.probe.background import gather
from portview.probe.records import NameFailure
from portview.text import clean
from portview.vocabulary import Family

_RECORD_TYPES = {Family.IPV4: "A", Family.IPV6: "AAAA"}
_MAX_DETAIL = 200
# dnspython ends its own wait at the lifetime; it is given a moment to say so.
_GRACE_S = 0.3

# When A and AAAA fail differently, the one that says more about the name comes first.
_GRAVITY = (
    NameFailure.NXDOMAIN,
    NameFailure.SERVFAIL,
    NameFailure.REFUSED,
    NameFailure.TIMEOUT,
    NameFailure.NO_RESOLVER,
    NameFailure.IDNA_ERROR,
    NameFailure.OTHER,
    NameFailure.NODATA,
)


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What the name servers said: addresses, or why there are none. `servers` are those asked."""

    addresses: tuple[str, ...]
    failure: NameFailure | None
    detail: str | None
    servers: tuple[str, ...]


_Reply = tuple[tuple[str, ...], NameFailure | None, str | None]


def query(
    name: str, families: tuple[Family, ...], timeout_s: float, cancel: threading.Event | None = None
) -> DnsAnswer:
    """Ask this machine's name servers for a name's addresses; A and AAAA side by side."""
    try:
        resolver = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        return DnsAnswer((), NameFailure.NO_RESOLVER, None, ())
    except (dns.exception.DNSException, ValueError) as error:
        # A resolv.conf with a line that dnspython does not take; the C library passes over such lines.
        return DnsAnswer((), NameFailure.OTHER, clean(str(error), _MAX_DETAIL), ())
    servers = tuple(str(server) for server in resolver.nameservers)
    end = time.monotonic() + timeout_s
    questions = [partial(_ask, resolver, name, family, timeout_s) for family in families]
    replies = dict(gather(questions, end + _GRACE_S, cancel))
    addresses = tuple(address for place in sorted(replies) for address in replies[place][0])
    if addresses:
        return DnsAnswer(addresses, None, None, servers)
    failures = [(failure, detail) for _, failure, detail in replies.values() if failure is not None]
    silence = (NameFailure.TIMEOUT, None)
    failure, detail = min(failures, key=lambda pair: _GRAVITY.index(pair[0]), default=silence)
    return DnsAnswer((), failure, detail, servers)


def _ask(resolver: dns.resolver.Resolver, name: str, family: Family, timeout_s: float) -> _Reply:
    try:
        answer = resolver.resolve(name, _RECORD_TYPES[family], lifetime=timeout_s, search=True)
    except dns.exception.DNSException as error:
        return (), _failure(error), clean(str(error), _MAX_DETAIL)
    return tuple(str(record) for record in answer), None, None


def _failure(error: dns.exception.DNSException) -> NameFailure:
    match error:
        case dns.resolver.NXDOMAIN():
            return NameFailure.NXDOMAIN
        case dns.resolver.NoAnswer():
            return NameFailure.NODATA
        case dns.resolver.NoNameservers():
            return _rcode_failure(error)
        case dns.exception.Timeout():
            return NameFailure.TIMEOUT
        case dns.resolver.NoResolverConfiguration():
            return NameFailure.NO_RESOLVER
    if isinstance(error, dns.exception.SyntaxError) or type(error).__module__ == "dns.name":
        return NameFailure.IDNA_ERROR
    return NameFailure.OTHER


def _rcode_failure(error: dns.resolver.NoNameservers) -> NameFailure:
    """What the last server that answered at all said; dnspython keeps one entry per try."""
    for *_, response in reversed(error.kwargs.get("errors", [])):
        if response is None:
            continue
        if response.rcode() == dns.rcode.SERVFAIL:
            return NameFailure.SERVFAIL
        if response.rcode() == dns.rcode.REFUSED:
            return NameFailure.REFUSED
    return NameFailure.OTHER
