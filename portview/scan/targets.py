"""What people type as the hosts of a scan, made into addresses."""

import ipaddress
import itertools
import math
import re
import threading
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from portview.errors import BadInput
from portview.probe.resolve import resolve
from portview.probe.target import parse_host
from portview.scan.records import ScanHost, Unresolved
from portview.text import clean
from portview.vocabulary import Family

# As many as a /16 of IPv4 has.
MAX_HOSTS = 65_536
_SHOWN = 60
_OCTET_RANGES = re.compile(r"(?=.*-)[0-9-]+(\.[0-9-]*)+", re.ASCII)
_OCTETS = re.compile(r"([0-9]{0,3})(-?)([0-9]{0,3})", re.ASCII)


class Targets(NamedTuple):
    """What can be scanned, each address once, and the names that cannot."""

    hosts: tuple[ScanHost, ...]
    unresolved: tuple[Unresolved, ...]


class _Word(NamedTuple):
    """One target: addresses as they are, or a name that must be resolved."""

    addresses: Iterable[str]
    name: str | None = None


def expand(
    texts: Iterable[str],
    *,
    family: Family | None = None,
    timeout_s: float = 5.0,
    cancel: threading.Event | None = None,
) -> tuple[ScanHost, ...]:
    """The hosts of `look_up`, where every name must have an address: raises BadInput for the first."""
    found = look_up(texts, family=family, timeout_s=timeout_s, cancel=cancel)
    if found.unresolved:
        raise BadInput(found.unresolved[0].error)
    return found.hosts


def look_up(
    texts: Iterable[str],
    *,
    family: Family | None = None,
    timeout_s: float = 5.0,
    cancel: threading.Event | None = None,
) -> Targets:
    """The targets of one or several texts, in the order in which they were typed.

    Commas and white space separate targets: names (all their addresses are scanned), addresses,
    blocks such as 192.0.2.0/24 and ranges such as 192.0.2.1-9 (at most 65,536 addresses). `family`
    keeps names to one family, `timeout_s` is for each name. Raises BadInput with one clear line, and
    `portview.probe.waiting.CancelledError` when cancelled. All is checked before a name is asked for.
    """
    words = [_understand(word) for text in texts for word in re.split(r"[,\s]+", text) if word]
    if not words:
        raise BadInput("no target given: a name such as nas.lan, an address, or a block such as 192.0.2.0/24")
    hosts: dict[str, ScanHost] = {}
    unresolved: dict[str, Unresolved] = {}
    for found in _hosts(words, family, timeout_s, cancel):
        if isinstance(found, Unresolved):
            unresolved.setdefault(found.name, found)
            continue
        hosts.setdefault(found.address, found)
        if len(hosts) > MAX_HOSTS:
            raise BadInput(f"too many addresses for one scan: at most {MAX_HOSTS}")
    return Targets(tuple(hosts.values()), tuple(unresolved.values()))


def _understand(word: str) -> _Word:
    if "/" in word and "://" not in word:
        return _Word(_block(word))
    if _OCTET_RANGES.fullmatch(word):
        return _Word(_octet_ranges(word))
    host = parse_host(word)
    if host.port is not None:
        raise BadInput(f"'{clean(word, _SHOWN)}' names a port: give the host alone, and ports with -p")
    return _Word((_plain(host.name),)) if host.is_literal else _Word((), host.name)


def _plain(literal: str) -> str:
    """An IPv4 address in IPv6 dress is the IPv4 address: its errors come as ICMP, not ICMPv6."""
    address = ipaddress.ip_address(literal)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return literal if mapped is None else str(mapped)


def _block(word: str) -> Iterator[str]:
    shown = clean(word, _SHOWN)
    try:
        network = ipaddress.ip_network(word, strict=False)
    except ValueError:
        raise BadInput(f"'{shown}' is not a block of addresses: write it like 192.0.2.0/24") from None
    if network.num_addresses > MAX_HOSTS:
        smallest = network.max_prefixlen - 16
        raise BadInput(
            f"{shown} has {network.num_addresses} addresses: /{smallest} is the largest block for one scan"
        )
    return map(str, network.hosts())


def _octet_ranges(word: str) -> Iterator[str]:
    """nmap's ranges: each of the four numbers may be `1-9`, `1-` (to 255), `-9` (from 0) or `-`."""
    shown = clean(word, _SHOWN)
    octets = [_octet(part, shown) for part in word.split(".")]
    if len(octets) != 4:
        raise BadInput(f"'{shown}' is not a range of addresses: write it like 192.0.2.1-9")
    count = math.prod(map(len, octets))
    if count > MAX_HOSTS:
        raise BadInput(f"{shown} has {count} addresses: at most {MAX_HOSTS} for one scan")
    return (".".join(map(str, numbers)) for numbers in itertools.product(*octets))


def _octet(part: str, shown: str) -> range:
    parsed = _OCTETS.fullmatch(part)
    if not part or parsed is None:
        raise BadInput(f"'{shown}' is not a range of addresses: write it like 192.0.2.1-9")
    first = int(parsed[1] or 0)
    last = int(parsed[3] or 255) if parsed[2] else first
    if max(first, last) > 255:
        raise BadInput(f"'{shown}' is not a range of addresses: its numbers go from 0 to 255")
    if first > last:
        raise BadInput(f"'{shown}' runs backwards: did you mean {last}-{first}?")
    return range(first, last + 1)


def _hosts(
    words: Iterable[_Word], family: Family | None, timeout_s: float, cancel: threading.Event | None
) -> Iterator[ScanHost | Unresolved]:
    for word in words:
        if word.name is None:
            yield from map(ScanHost, word.addresses)
            continue
        found = resolve(word.name, family=family, timeout_s=timeout_s, cancel=cancel)
        if not found.addresses:
            why = f" ({found.failure.value})" if found.failure else ""
            error = f"{word.name} has no address{why}: portview probe {word.name} 443 tells more"
            yield Unresolved(word.name, error)
        for address in found.addresses:
            yield ScanHost(address, word.name)
