"""From a host to its addresses, or to the reason why it has none.

The system's resolver decides, because it is what every other program on this machine uses. DNS is
asked directly only when the system has no answer: then the reason is wanted, and the C library's
EAI_NONAME hides it.
"""

import socket
import threading
import time
from typing import Any, NamedTuple

from portview.probe.addresses import as_literal, family_of
from portview.probe.background import Call
from portview.probe.records import NameFailure, NameSource, Resolution
from portview.text import clean
from portview.vocabulary import Family

# How long the system's resolver may be silent before DNS is asked beside it.
_PATIENCE_S = 1.0
_MAX_NAME = 253


class _SystemAnswer(NamedTuple):
    """What getaddrinfo(3) said; `error` is its EAI_ name."""

    addresses: tuple[str, ...] = ()
    error: str | None = None
    canonical: str | None = None


def resolve(
    name: str,
    *,
    family: Family | None = None,
    timeout_s: float = 5.0,
    cancel: threading.Event | None = None,
) -> Resolution:
    """Resolve a name or literal within `timeout_s`. Raises CancelledError when cancelled."""
    started = time.monotonic()
    families = (family,) if family else (Family.IPV4, Family.IPV6)
    if literal := as_literal(name):
        return _literal_resolution(name, literal, families)
    # getaddrinfo(3) can block for half a minute and cannot be stopped.
    system = Call(lambda: _system_lookup(name, families))
    answer = system.value(started + min(_PATIENCE_S, timeout_s), cancel)
    if answer is not None and answer.addresses:
        return _from_system(name, answer, started)

    from portview.probe import dns_query  # dnspython costs 80 ms: only failing names pay for it

    dns = dns_query.query(name, families, max(started + timeout_s - time.monotonic(), 0.5), cancel)
    if answer is None and not dns.addresses:
        # A slow lookup may still know what DNS does not: mDNS, NIS, a container's own names.
        answer = system.value(started + timeout_s, cancel)
        if answer is not None and answer.addresses:
            return _from_system(name, answer, started)
    # Where DNS knows a name that this machine's own lookup does not (nsswitch.conf), programs here fail.
    failure = NameFailure.OTHER if dns.addresses and answer is not None else dns.failure
    return Resolution(
        name,
        () if failure else dns.addresses,
        NameSource.DNS,
        failure,
        dns.detail,
        answer.error if answer else None,
        dns.servers,
        dns.addresses,
        _since(started),
        silent_servers=dns.silent,
        unanswered=dns.unanswered,
        knowing=dns.knowing,
        known=dns.known,
    )


def _from_system(name: str, answer: _SystemAnswer, started: float) -> Resolution:
    addresses = answer.addresses
    if _is_from_hosts(name, addresses):
        return Resolution(name, addresses, NameSource.HOSTS, elapsed_ms=_since(started))
    from portview.probe import search_list  # only names need it

    completed = _completed(name, answer.canonical, search_list.lookup())
    return Resolution(name, addresses, NameSource.SYSTEM, completed=completed, elapsed_ms=_since(started))


def _completed(name: str, canonical: str | None, searched: tuple[str, ...]) -> str | None:
    """What the search list made of a name; of one with a dot an alias may look the same."""
    if canonical is None or not canonical.lower().startswith(f"{name.lower()}."):
        return None
    if "." in name and canonical[len(name) + 1 :].lower() not in searched:
        return None
    return clean(canonical, _MAX_NAME)


def _literal_resolution(name: str, literal: str, families: tuple[Family, ...]) -> Resolution:
    if family_of(literal) in families:
        return Resolution(name, (literal,), NameSource.LITERAL)
    return Resolution(name, (), NameSource.LITERAL, NameFailure.NODATA)


def _system_lookup(name: str, families: tuple[Family, ...]) -> _SystemAnswer:
    wanted = socket.AF_UNSPEC
    if len(families) == 1:
        wanted = socket.AF_INET6 if families[0] is Family.IPV6 else socket.AF_INET
    try:
        # Bytes keep Python from encoding the name again; it is ASCII already.
        found = socket.getaddrinfo(
            name.encode("ascii"), None, wanted, socket.SOCK_STREAM, flags=socket.AI_CANONNAME
        )
    except socket.gaierror as error:
        return _SystemAnswer(error=_EAI_NAMES.get(error.errno or 0, f"EAI {error.errno}"))
    except (OSError, UnicodeError) as error:
        return _SystemAnswer(error=type(error).__name__)
    addresses = tuple(dict.fromkeys(_with_scope(entry[4]) for entry in found))
    return _SystemAnswer(addresses, canonical=next((entry[3] for entry in found if entry[3]), None))


def _with_scope(name: tuple[Any, ...]) -> str:
    """The address of a socket address; a link-local one is nothing without its interface."""
    if len(name) == 4 and name[3]:
        return f"{name[0]}%{socket.if_indextoname(name[3])}"
    return str(name[0])


_EAI_NAMES = {
    getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_") and name != "EAI_MAX"
}


def _is_from_hosts(name: str, addresses: tuple[str, ...]) -> bool:
    from portview.probe import hosts  # only names need it

    return bool(set(hosts.lookup(name)) & set(addresses))


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1000
