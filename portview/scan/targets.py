"""What people type as the hosts of a scan, made into addresses."""

import ipaddress
import re
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from portview.errors import BadInput
from portview.probe.records import Resolution
from portview.probe.resolve import resolve
from portview.probe.target import parse_host
from portview.scan.blocks import MAX_HOSTS, Network, addresses_in, is_block, network
from portview.scan.left_out import apart
from portview.scan.records import ScanHost, Unresolved
from portview.text import clean
from portview.vocabulary import Family

_SHOWN = 60
_EXAMPLES = "a name such as nas.lan, an address, or a block such as 192.0.2.0/24"
# telnet(1) takes the port after the host.
_LIKE_PORTS = re.compile(r"[0-9]{1,5}(-[0-9]{0,5})?", re.ASCII)
# Names without an address that are told one by one.
_NAMED = 3
# Names that are looked up at the same time.
_SIDE_BY_SIDE = 16


class Targets(NamedTuple):
    """What can be scanned, each address once, and the names that cannot."""

    hosts: tuple[ScanHost, ...]
    unresolved: tuple[Unresolved, ...]


class _Word(NamedTuple):
    """One target: addresses as they are, or a name that must be resolved."""

    addresses: Iterable[str]
    name: str | None = None


def look_up(
    texts: Iterable[str],
    *,
    exclude: Iterable[str] = (),
    family: Family | None = None,
    timeout_s: float = 5.0,
    cancel: threading.Event | None = None,
) -> Targets:
    """The targets of one or several texts, in the order in which they were typed.

    Commas and white space separate targets: names (all their addresses are scanned), addresses,
    blocks and ranges (blocks.py; at most 65,536 addresses). What follows a `!` and what `exclude` holds,
    written alike, is left out; its blocks may have any size. `family` keeps names to one family,
    `timeout_s` is for each name. Raises BadInput with one clear line when nothing is left, and
    `portview.probe.waiting.CancelledError` when cancelled. All is checked before a name is asked for.
    """
    lists = [apart(text) for text in texts]
    wanted = _split(text for text, _ in lists)
    left_out = [*(word for _, words in lists for word in words), *_split(exclude)]
    words = [_understand(word) for word in wanted]
    unwanted = _Exclusion(left_out)
    if not words:
        only = f", only what to leave out ({_shown(left_out)})" if left_out else ""
        raise BadInput(f"no target given{only}: {_EXAMPLES}")
    names = (*(word.name for word in words if word.name), *unwanted.names)
    resolved = _resolve(dict.fromkeys(names), family, timeout_s, cancel)
    unwanted.add_resolved(resolved)
    hosts: dict[str, ScanHost] = {}
    unresolved: dict[str, Unresolved] = {}
    for word in words:
        if word.name and not resolved[word.name].addresses:
            unresolved[word.name] = _unresolved(resolved[word.name])
        for address in resolved[word.name].addresses if word.name else word.addresses:
            if address not in unwanted:
                hosts.setdefault(address, ScanHost(address, word.name))
            if len(hosts) > MAX_HOSTS:
                raise BadInput(f"too many addresses for one scan: at most {MAX_HOSTS}")
    if not hosts and unresolved:
        raise BadInput(_in_words(tuple(unresolved.values())))
    if not hosts:
        raise BadInput(
            f"nothing is left of {_shown(wanted)} without {_shown(left_out)}:"
            " name more targets, or leave fewer out"
        )
    return Targets(tuple(hosts.values()), tuple(unresolved.values()))


def read_list(text: str, file: str) -> list[str]:
    """The lines of a file of targets, without comments (`# ...`); raises BadInput that names the line."""
    lines = [line.partition("#")[0] for line in text.splitlines()]
    for number, line in enumerate(lines, 1):
        wanted, left_out = apart(line)
        try:
            _Exclusion(left_out)
            for word in _split((wanted,)):
                _understand(word)
        except BadInput as error:
            raise BadInput(f"{clean(file, _SHOWN)}, line {number}: {error}") from None
    return lines


class _Exclusion:
    """Addresses and blocks that must not be scanned; the names among them count once resolved."""

    def __init__(self, words: Iterable[str]) -> None:
        self.names: list[str] = []
        self._addresses: set[str] = set()
        self._blocks: list[Network] = []
        for word in words:
            if is_block(word):
                self._blocks.append(network(word))
                continue
            understood = _understand(word)
            self._addresses.update(understood.addresses)
            if understood.name:
                self.names.append(understood.name)

    def add_resolved(self, resolved: Mapping[str, Resolution]) -> None:
        """Take in the addresses of the names; raises BadInput for a name that might hide some."""
        for name in self.names:
            if not resolved[name].addresses:
                raise BadInput(f"cannot exclude {name}: it has no address")
            self._addresses.update(resolved[name].addresses)

    def __contains__(self, address: str) -> bool:
        plain = address.partition("%")[0]  # who names no interface means every one
        if not self._addresses.isdisjoint((address, plain)):
            return True
        return bool(self._blocks) and any(ipaddress.ip_address(plain) in block for block in self._blocks)


def _split(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in re.split(r"[,\s]+", text) if word]


def _shown(words: Sequence[str]) -> str:
    return clean(" ".join(words), _SHOWN)


def _understand(word: str) -> _Word:
    if (many := addresses_in(word)) is not None:
        return _Word(many)
    if _LIKE_PORTS.fullmatch(word):
        raise BadInput(f"'{word}' looks like a port, not like a host: give ports with -p")
    host = parse_host(word)
    if host.port is not None:
        raise BadInput(f"'{clean(word, _SHOWN)}' names a port: give the host alone, and ports with -p")
    return _Word((_plain(host.name),)) if host.is_literal else _Word((), host.name)


def _plain(literal: str) -> str:
    """The address that packets go to: to this machine where none is specified (connect(2) in ip(7)).

    An IPv4 address in IPv6 dress is the IPv4 address: its errors come as ICMP, not ICMPv6.
    """
    address = ipaddress.ip_address(literal)
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "::1"
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return literal if mapped is None else str(mapped)


def _resolve(
    names: Collection[str], family: Family | None, timeout_s: float, cancel: threading.Event | None
) -> dict[str, Resolution]:
    """Each name's resolution, some side by side: a list of dead names is not to take minutes."""
    if not names:
        return {}
    from concurrent.futures import ThreadPoolExecutor  # addresses need none

    stop = cancel or threading.Event()
    ask = partial(resolve, family=family, timeout_s=timeout_s, cancel=stop)
    with ThreadPoolExecutor(min(len(names), _SIDE_BY_SIDE)) as pool:
        try:
            return dict(zip(names, pool.map(ask, names), strict=True))
        except KeyboardInterrupt:
            stop.set()  # nobody waits for the other names
            raise


def _in_words(unresolved: Sequence[Unresolved]) -> str:
    more = len(unresolved) - _NAMED
    named = "; ".join(one.error for one in unresolved[:_NAMED])
    return f"{named}; and {more} more without an address" if more > 0 else named


def _unresolved(found: Resolution) -> Unresolved:
    from portview.knowledge.load import phrases  # most names have an address

    why = f" ({phrases('words')['name_failure'][found.failure]})" if found.failure else ""
    return Unresolved(
        found.name, f"{found.name} has no address{why}: portview probe {found.name} 443 tells more"
    )
