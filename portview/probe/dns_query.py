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

from portview.probe import errqueue
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
# Linux sends one peer no more than one ICMP error a second once a burst is used up (icmp(7)).
_AGAIN_S = 1.1
# A name server that takes longer than this is a slow one.
_PROMPT_S = 1.0
# How long the others are waited for when one has denied the name.
_OTHERS_S = 0.5
_DENIALS = (NameFailure.NXDOMAIN, NameFailure.NODATA)

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
    """What the name servers said: addresses, or why there are none.

    `servers` are those asked, `silent` those that meanwhile said nothing at all. `unanswered` are the
    families whose question got no answer although another's did. `knowing` are servers that know a name
    which the first that answered denies, and `known` its addresses there.
    """

    addresses: tuple[str, ...] = ()
    failure: NameFailure | None = None
    detail: str | None = None
    servers: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    unanswered: tuple[Family, ...] = ()
    knowing: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


_Reply = tuple[tuple[str, ...], NameFailure | None, str | None]


def query(
    name: str, families: tuple[Family, ...], timeout_s: float, cancel: threading.Event | None = None
) -> DnsAnswer:
    """Ask this machine's name servers for a name's addresses; A and AAAA side by side."""
    try:
        resolver = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        return DnsAnswer(failure=NameFailure.NO_RESOLVER)
    except (dns.exception.DNSException, ValueError) as error:
        # A resolv.conf with a line that dnspython does not take; the C library passes over such lines.
        return DnsAnswer(failure=NameFailure.OTHER, detail=clean(str(error), _MAX_DETAIL))
    servers = tuple(str(server) for server in resolver.nameservers)
    started = time.monotonic()
    end = started + timeout_s
    questions = [partial(_ask, resolver, name, family, timeout_s) for family in families]
    knocks = [partial(_knock, server, name, families[0], end, cancel) for server in servers]
    replies: dict[Family, _Reply] = {}
    heard: dict[str, str | None] = {}
    said: dict[str, tuple[str, ...]] = {}
    for place, reply in gather([*questions, *knocks], end + _GRACE_S, cancel):
        if place < len(questions):
            replies[families[place]] = reply
        elif reply[1] is not NameFailure.TIMEOUT:
            server = servers[place - len(questions)]
            heard[server], said[server] = reply[2], reply[0]
        errors = [error for error in heard.values() if error is not None]
        if errors and len(errors) == len(servers):
            return DnsAnswer((), NameFailure.SERVER_UNREACHABLE, ", ".join(errors), servers)
        if len(replies) == len(questions):
            break
    slow = time.monotonic() - started > _PROMPT_S
    silent = tuple(server for server in servers if server not in heard) if slow else ()
    addresses = tuple(address for family in families if family in replies for address in replies[family][0])
    if addresses:
        return DnsAnswer(addresses, None, None, servers, silent, _unanswered(families, replies))
    failures = [(failure, detail) for _, failure, detail in replies.values() if failure is not None]
    silence = (NameFailure.TIMEOUT, None)
    failure, detail = min(failures, key=lambda pair: _GRAVITY.index(pair[0]), default=silence)
    if failure not in _DENIALS:
        return DnsAnswer((), failure, detail, servers, silent)
    others = tuple(server for server in servers if server not in heard)
    said |= _hear(others, name, families[0], cancel)
    knowing = tuple(server for server in servers if said.get(server))
    known = tuple(dict.fromkeys(address for server in knowing for address in said[server]))
    return DnsAnswer((), failure, detail, servers, silent, (), knowing, known)


def _hear(
    servers: tuple[str, ...], name: str, family: Family, cancel: threading.Event | None
) -> dict[str, tuple[str, ...]]:
    """What name servers say of a name that another has denied already."""
    end = time.monotonic() + _OTHERS_S
    knocks = [partial(_knock, server, name, family, end, cancel) for server in servers]
    return {servers[place]: reply[0] for place, reply in gather(knocks, end + _GRACE_S, cancel)}


def _unanswered(families: tuple[Family, ...], replies: dict[Family, _Reply]) -> tuple[Family, ...]:
    silence: _Reply = ((), NameFailure.TIMEOUT, None)
    return tuple(one for one in families if replies.get(one, silence)[1] is NameFailure.TIMEOUT)


def _ask(resolver: dns.resolver.Resolver, name: str, family: Family, timeout_s: float) -> _Reply:
    try:
        answer = resolver.resolve(name, _RECORD_TYPES[family], lifetime=timeout_s, search=True)
    except dns.exception.DNSException as error:
        return (), _failure(error), _detail(error)
    return tuple(str(record) for record in answer), None, None


def _knock(server: str, name: str, family: Family, until: float, cancel: threading.Event | None) -> _Reply:
    """Ask one name server over a connected socket: only that hears of an error in place of an answer.

    What it answers decides nothing: that is left to the resolver, which asks beside this. It is asked again
    and again, because the error may have fallen to a limit that the resolver's own questions used up.
    """
    try:
        query = dns.message.make_query(name, _RECORD_TYPES[family])
        question = query.to_wire()
        kind, address = socket_address(server, _PORT)
        with socket.socket(kind, socket.SOCK_DGRAM) as sock:
            errqueue.enable(sock)
            sock.connect(address)
            while time.monotonic() < until:
                sock.send(question)
                if wait(sock, selectors.EVENT_READ, min(until, time.monotonic() + _AGAIN_S), cancel):
                    return _addresses(query, sock.recv(_MAX_BYTES)), None, None
    except dns.exception.DNSException:
        return (), None, None  # no name that can be asked for
    except OSError as error:
        return (), NameFailure.SERVER_UNREACHABLE, f"{server}: {errno_name(error.errno or 0)}"
    return (), NameFailure.TIMEOUT, None


def _addresses(query: dns.message.Message, data: bytes) -> tuple[str, ...]:
    """The addresses in an answer; none in what is no answer to this question."""
    try:
        answer = dns.message.from_wire(data)
    except dns.exception.DNSException:
        return ()
    kind = query.question[0].rdtype
    records = (record for entry in answer.answer if entry.rdtype == kind for record in entry)
    return tuple(clean(str(record)) for record in records) if query.is_response(answer) else ()


def _detail(error: dns.exception.DNSException) -> str:
    """The error in dnspython's words, but for errors of the kernel: these have names of their own."""
    if errors := _kernel_errors(error):
        return ", ".join(dict.fromkeys(errno_name(each.errno or 0) for each in errors))
    return clean(str(error), _MAX_DETAIL)


def _kernel_errors(error: dns.exception.DNSException) -> tuple[OSError, ...]:
    """The errors of sending where no try came farther; dnspython keeps one entry per try."""
    tries = error.kwargs.get("errors", []) if isinstance(error, dns.resolver.NoNameservers) else []
    errors = tuple(each[3] for each in tries if isinstance(each[3], OSError))
    return errors if len(errors) == len(tries) else ()


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
    """What the last server that answered at all said."""
    if _kernel_errors(error):
        return NameFailure.SERVER_UNREACHABLE
    for *_, response in reversed(error.kwargs.get("errors", [])):
        if response is None:
            continue
        if response.rcode() == dns.rcode.SERVFAIL:
            return NameFailure.SERVFAIL
        if response.rcode() == dns.rcode.REFUSED:
            return NameFailure.REFUSED
    return NameFailure.OTHER
