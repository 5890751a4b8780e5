"""DNS asked directly, so that each way of failing can be told apart (dnspython)."""

import selectors
import socket
import threading
import time
from dataclasses import dataclass
from functools import partial

import dns.exception
import dns.message
import dns.rcode
import dns.resolver

from portview.probe.background import gather
from portview.probe.outcomes import errno_name
from portview.probe.records import NameFailure
from portview.probe.sockaddr import socket_address
from portview.probe.waiting import wait
from portview.text import clean
from portview.vocabulary import Family

_RECORD_TYPES = {Family.IPV4: "A", Family.IPV6: "AAAA"}
_MAX_DETAIL = 200
_PORT = 53
_MAX_BYTES = 4096
# dnspython ends its own wait at the lifetime; it is given a moment to say so.
_GRACE_S = 0.3

# When A and AAAA fail differently, the one that says more about the name comes first.
_GRAVITY = (
    NameFailure.NXDOMAIN,
    NameFailure.SERVFAIL,
    NameFailure.REFUSED,
    NameFailure.SERVER_UNREACHABLE,
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
    knocks = [partial(_knock, server, name, end, cancel) for server in servers]
    replies: dict[int, _Reply] = {}
    errors: list[str] = []
    for place, reply in gather([*questions, *knocks], end + _GRACE_S, cancel):
        if place < len(questions):
            replies[place] = reply
        elif reply[2] is not None:
            errors.append(reply[2])
        if errors and len(errors) == len(servers):
            return DnsAnswer((), NameFailure.SERVER_UNREACHABLE, ", ".join(errors), servers)
        if len(replies) == len(questions):
            break
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


def _knock(server: str, name: str, until: float, cancel: threading.Event | None) -> _Reply:
    """Ask one name server over a connected socket: only that hears of an error in place of an answer.

    What it answers is left to the resolver, which asks beside this.
    """
    try:
        question = dns.message.make_query(name, "A").to_wire()
        family, address = socket_address(server, _PORT)
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(address)
            sock.send(question)
            if wait(sock, selectors.EVENT_READ, until, cancel):
                sock.recv(_MAX_BYTES)
    except dns.exception.DNSException:
        return (), None, None  # no name that can be asked for
    except OSError as error:
        return (), NameFailure.SERVER_UNREACHABLE, f"{server}: {errno_name(error.errno or 0)}"
    return (), None, None


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
    tries = error.kwargs.get("errors", [])
    if tries and all(isinstance(each[3], OSError) for each in tries):
        return NameFailure.SERVER_UNREACHABLE
    for *_, response in reversed(tries):
        if response is None:
            continue
        if response.rcode() == dns.rcode.SERVFAIL:
            return NameFailure.SERVFAIL
        if response.rcode() == dns.rcode.REFUSED:
            return NameFailure.REFUSED
    return NameFailure.OTHER
