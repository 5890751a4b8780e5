"""Hosts and ports to complete what is typed: from past knocks, the hosts file and ssh's configuration."""

import glob
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from portview.knowledge.services import services
from portview.probe.hosts import hosts_file
from portview.text import clean
from portview.vocabulary import Protocol

_MOST_BYTES = 1024 * 1024
_MOST_INCLUDES = 16  # deep, as ssh itself allows (readconf.c)
_MOST_HOSTS = 5000
# ssh_config(5): keyword, then its arguments after blanks or one `=`.
_LINE = re.compile(r"\s*(?P<keyword>[A-Za-z]+)(?:\s*=\s*|\s+)(?P<arguments>.*?)\s*$")


def hosts_known(past: Iterable[str] = ()) -> tuple[str, ...]:
    """Host names worth completing, those of `past` knocks first; reads files."""
    names = (*past, *_ssh_hosts(Path.home() / ".ssh/config"), *_hosts_file_names(hosts_file()))
    safe = (name for name in dict.fromkeys(names) if name == clean(name))
    return tuple(name for name, _ in zip(safe, range(_MOST_HOSTS), strict=False))


def service_names(protocol: Protocol) -> tuple[str, ...]:
    """The services that a port can be named for, in the order of their ports."""
    return tuple(service.name for service in services().values() if service.protocol is protocol)


def completion(typed: str, names: Iterable[str]) -> str:
    """The first name that goes on where `typed` ends; empty where none does."""
    start = typed.casefold()
    if not start:
        return ""
    return next((name for name in names if name.casefold().startswith(start) and len(name) > len(typed)), "")


def _hosts_file_names(file: Path) -> Iterator[str]:
    for line in _read(file).splitlines():
        yield from line.partition("#")[0].split()[1:]


def _ssh_hosts(file: Path, depth: int = 0) -> Iterator[str]:
    """The names that ssh connects to: HostName where there is one, else the names after Host."""
    aliases: list[str] = []
    for line in _read(file).splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        keyword, arguments = match["keyword"].lower(), match["arguments"].replace('"', "").split()
        if keyword in ("host", "match"):
            yield from aliases
            aliases = [name for name in arguments if not set("*?!") & set(name)] if keyword == "host" else []
        elif keyword == "hostname" and arguments and "%" not in arguments[0]:
            yield arguments[0]
            aliases = []
        elif keyword == "include" and depth < _MOST_INCLUDES:
            for pattern in arguments:
                for included in sorted(glob.glob(str(file.parent / Path(pattern).expanduser()))):
                    yield from _ssh_hosts(Path(included), depth + 1)
    yield from aliases


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.read(_MOST_BYTES)
    except (OSError, ValueError):
        return ""
