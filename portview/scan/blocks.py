"""Many addresses in one word: blocks and ranges, as people type them."""

import ipaddress
import itertools
import math
import re
from collections.abc import Iterator

from portview.errors import BadInput
from portview.probe.target import parse_host
from portview.text import clean

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# As many as a /16 of IPv4 has.
MAX_HOSTS = 65_536
_SHOWN = 60
_RANGES = "write it like 192.0.2.1-9"
# The interface in a block of link-local addresses: fe80::%eth0/120 (RFC 4007, section 11.7).
_ZONE = re.compile(r"%[^/]*")
_FROM_TO = re.compile(r"(?:[0-9]+\.){3}[0-9]+-(?:[0-9]+\.){3}[0-9]+", re.ASCII)
_OCTET_RANGES = re.compile(r"(?=.*-)[0-9-]+(\.[0-9-]*)+", re.ASCII)
_OCTETS = re.compile(r"([0-9]{0,3})(-?)([0-9]{0,3})", re.ASCII)


def addresses_in(word: str) -> Iterator[str] | None:
    """The addresses of a block or a range, None for any other word; raises BadInput for a bad one.

    A block is `192.0.2.0/24` or `fe80::%eth0/120`, without the addresses that no host can have. A range is
    `192.0.2.1-192.0.2.9`, or nmap's `10.0.0-3.1-254`: each number may be `1-9`, `1-` (to 255), `-9` (from 0)
    or `-`.
    """
    if is_block(word):
        return _block(word)
    if _FROM_TO.fullmatch(word):
        return _from_to(word)
    return _octet_ranges(word) if _OCTET_RANGES.fullmatch(word) else None


def is_block(word: str) -> bool:
    """Whether a word means a block of addresses, not a URL."""
    return "/" in word and "://" not in word


def network(word: str) -> Network:
    """The block that a word names, of whatever interface; raises BadInput."""
    try:
        return ipaddress.ip_network(_ZONE.sub("", word), strict=False)
    except ValueError:
        shown = clean(word, _SHOWN)
        raise BadInput(f"'{shown}' is not a block of addresses: write it like 192.0.2.0/24") from None


def _block(word: str) -> Iterator[str]:
    block = network(word)
    if block.num_addresses > MAX_HOSTS:
        smallest = block.max_prefixlen - 16
        raise BadInput(
            f"{clean(word, _SHOWN)} has {block.num_addresses} addresses:"
            f" /{smallest} is the largest block for one scan"
        )
    zone = _ZONE.search(word)
    if zone is None:
        return map(str, block.hosts())
    parse_host(f"{block.network_address}{zone[0]}")  # the interface must be there
    return (f"{address}{zone[0]}" for address in block.hosts())


def _from_to(word: str) -> Iterator[str]:
    shown = clean(word, _SHOWN)
    try:
        first, last = map(ipaddress.IPv4Address, word.split("-"))
    except ValueError:
        raise BadInput(f"'{shown}' is not a range of addresses: {_RANGES}") from None
    if first > last:
        raise BadInput(f"'{shown}' runs backwards: did you mean {last}-{first}?")
    _bound(int(last) - int(first) + 1, shown)
    return (str(ipaddress.IPv4Address(number)) for number in range(int(first), int(last) + 1))


def _octet_ranges(word: str) -> Iterator[str]:
    shown = clean(word, _SHOWN)
    octets = [_octet(part, shown) for part in word.split(".")]
    if len(octets) != 4:
        raise BadInput(f"'{shown}' is not a range of addresses: {_RANGES}")
    _bound(math.prod(map(len, octets)), shown)
    return (".".join(map(str, numbers)) for numbers in itertools.product(*octets))


def _octet(part: str, shown: str) -> range:
    parsed = _OCTETS.fullmatch(part)
    if not part or parsed is None:
        raise BadInput(f"'{shown}' is not a range of addresses: {_RANGES}")
    first = int(parsed[1] or 0)
    last = int(parsed[3] or 255) if parsed[2] else first
    if max(first, last) > 255:
        raise BadInput(f"'{shown}' is not a range of addresses: its numbers go from 0 to 255")
    if first > last:
        raise BadInput(f"'{shown}' runs backwards: did you mean {last}-{first}?")
    return range(first, last + 1)


def _bound(count: int, shown: str) -> None:
    if count > MAX_HOSTS:
        raise BadInput(f"{shown} has {count} addresses: at most {MAX_HOSTS} for one scan")
