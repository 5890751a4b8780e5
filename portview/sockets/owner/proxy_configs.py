"""Where nginx and HAProxy send what arrives at a port, as their configuration files say."""

import glob
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from pathlib import Path

from portview.sockets.owner.config_files import argument, config_text, period
from portview.sockets.owner.records import Process
from portview.text import clean

_MOST_FILES = 200
_NGINX_FOLDER = "/etc/nginx/"
_NGINX_WORD = re.compile(r"""#[^\n]*|"((?:\\.|[^"])*)"|'((?:\\.|[^'])*)'|([{};])|([^\s{};"']+)""")

_Read = Callable[[str], Iterator[tuple[int, str]]]


def configured_targets(process: Process, port: int) -> tuple[str, tuple[str, ...]]:
    """The file that nginx or HAProxy reads, and the targets behind the port, none where it names none."""
    option, default, read = _PROXIES[process.name.partition(":")[0]]
    path = argument(process, option) or default
    return path, _targets(path, read, period()).get(port, ())


@lru_cache(maxsize=8)
def _targets(path: str, read: _Read, number_of_period: int) -> dict[int, tuple[str, ...]]:
    """The targets behind every port; read once in each period, for all sockets of the program."""
    found: dict[int, dict[str, None]] = {}
    for port, target in read(path):
        found.setdefault(port, {})[clean(target, 200)] = None
    return {port: tuple(targets) for port, targets in found.items()}


def nginx_targets(path: str) -> Iterator[tuple[int, str]]:
    """The ports of every `server` block with its `proxy_pass` targets, in `stream` and in `http`."""
    stack: list[tuple[str, list[int], list[str]]] = []
    statement: list[str] = []
    for word in _nginx_words(path, iter(range(_MOST_FILES))):
        if word == "{":
            stack.append((statement[0] if statement else "", [], []))
            statement = []
        elif word == "}":
            name, ports, targets = stack.pop() if stack else ("", [], [])
            if name == "server":
                yield from product(ports, targets)
            elif name == "location" and stack:
                stack[-1][2].extend(targets)
            statement = []
        elif word == ";":
            if stack and len(statement) > 1 and statement[0] == "listen":
                stack[-1][1].extend(_ports_of(statement[1]))
            elif stack and len(statement) > 1 and statement[0] == "proxy_pass":
                stack[-1][2].append(statement[1])
            statement = []
        else:
            statement.append(word)


def _nginx_words(path: str, files: Iterator[int]) -> Iterator[str]:
    """The words of a file with its includes put in their places; each takes one of `files`."""
    if next(files, None) is None:
        return
    include = False
    for match in _NGINX_WORD.finditer(config_text(path)):
        word = next((group for group in match.groups() if group is not None), None)
        if word is None:
            continue
        if include and word not in "{};":
            base = Path(_NGINX_FOLDER) if path.startswith(_NGINX_FOLDER) else Path(path).parent
            for name in sorted(glob.glob(str(base / word))):
                yield from _nginx_words(name, files)
            continue
        if include and word == ";":
            include = False
        elif word == "include":
            include = True
        else:
            yield word


def haproxy_targets(path: str) -> Iterator[tuple[int, str]]:
    """Each bound port with the servers of its `listen` section or of its `frontend`'s backends."""
    kind = name = ""
    binds: dict[tuple[str, str], list[int]] = {}
    backends: dict[tuple[str, str], list[str]] = {}
    servers: dict[str, list[str]] = {}
    for line in config_text(path).splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        if words[0] in ("global", "defaults", "frontend", "backend", "listen"):
            kind, name = words[0], words[1] if len(words) > 1 else ""
        elif words[0] == "bind" and len(words) > 1:
            binds.setdefault((kind, name), []).extend(
                port for end in words[1].split(",") for port in _ports_of(end)
            )
        elif words[0] in ("default_backend", "use_backend") and len(words) > 1:
            backends.setdefault((kind, name), []).append(words[1])
        elif words[0] == "server" and len(words) > 2:
            servers.setdefault(name, []).append(words[2])
    for place, ports in binds.items():
        for backend in [place[1], *backends.get(place, [])]:
            yield from product(ports, servers.get(backend, []))


def _ports_of(end: str) -> tuple[int, ...]:
    """The port of `80`, `*:80`, `[::]:80`; none of a socket file. An nginx address alone means port 80."""
    last = end.rpartition(":")[2]
    if last.isdecimal():
        return (int(last),)
    return () if end.startswith("unix:") else (80,)


# The option that names another file, the file without it, and who reads it.
_PROXIES: dict[str, tuple[str, str, _Read]] = {
    "nginx": ("-c", f"{_NGINX_FOLDER}nginx.conf", nginx_targets),
    "haproxy": ("-f", "/etc/haproxy/haproxy.cfg", haproxy_targets),
}
